"""The workbook that a security team hands to legal."""

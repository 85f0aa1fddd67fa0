"""Words that make an address one of a function or a list, language by language."""

from __future__ import annotations

_WORDS = {
    "English": """
        abuse accounting accounts admin administration administrator admissions advertising alerts all
        assistance auditor billing booking bookings bookkeeping careers ceo cfo compliance concierge contact
        contactus contracts cto customercare customers customerservice customersupport dataprotection delivery
        desk dev developers devops dispatch donotreply dpo editor editorial education enquiries enquiry events
        everyone facilities feedback finance frontdesk general hello help helpdesk hostmaster hr humanresources
        info information inquiries inquiry insurance investors invoice invoices invoicing it itsupport jobs kyc
        legal library logistics mail mailbox mailer mailerdaemon main management manager marketing media members
        membership news newsletter newsletters noc noreply notification notifications office officemanager
        operations order orders partners parts payable payables payments payroll permissions post postmaster pr
        press privacy procurement production projects publicrelations purchase purchasing quality queries
        receivables reception recruiting recruitment registrar registration registry reply reservations returns
        root sales school secretariat secretary security sekretariat service servicedesk services shipping shop
        staff store studio subscriptions suggestions support team tech technical tenders tickets trade training
        transport travel treasurer treasury vendors warehouse web webadmin webmaster website welcome workshop
    """,
    "German": """
        anfrage anfragen angebot angebote anmeldung auftraege auftrag ausbildung bestellung bestellungen
        bewerbung bewerbungen buchhaltung buchung buero büro datenschutz dispo disposition einkauf empfang
        fakturierung geschaeftsfuehrung geschaeftsstelle gf haendler hausverwaltung kanzlei karriere kasse
        kontakt kunden kundendienst kundenservice lager leitung logistik mitglieder personal poststelle praxis
        presse rechnung rechnungen rechnungswesen redaktion reklamation rezeption schule technik termine
        veranstaltungen verkauf versand vertrieb verwaltung vorstand werkstatt zentrale
    """,
    "French": """
        accueil achats adherents administratif assurance bonjour boutique bureau candidature candidatures client
        clients commande commandes commercial compta comptabilite comptes conseil contacts courrier devis
        direction dpd emploi facturation factures formation gestion inscription inscriptions juridique livraison
        mairie projets qualite reclamation reclamations recrutement redaction renseignements reservation rh sav
        scolarite serviceclient standard technique vente ventes
    """,
    "Spanish, Catalan and Portuguese": """
        administracao administracio administracion admon apoio atencion atencionalcliente atendimento ayuda
        calidad cliente clientes comercial compras comunicacao comunicacion contabilidad contabilidade contacto
        contato correo direccion empleo encomendas facturacion faturacao faturas financeiro formacio formacion
        gerencia informacao informacion informatica pedidos prensa presupuestos proveedores qualidade recepcao
        recepcion reclamaciones recursoshumanos reservas rrhh secretaria soporte suporte taller tienda vendas
        ventas
    """,
    "Italian": """
        acquisti amministrazione assistenza biglietteria commerciale comunicazione contabilita contatti
        direzione fatturazione fatture formazione informazioni magazzino ordini personale prenotazioni
        preventivi protocollo risorseumane segreteria spedizioni stampa uffici ufficio ufficiostampa vendite
    """,
    "Dutch": """
        aanmelding administratie afspraken algemeen balie bestellingen boekhouding directie facturen inkoop
        klachten klantenservice ledenadministratie magazijn onderhoud personeelszaken planning receptie redactie
        vacatures verkoop
    """,
    "Polish, Czech, Slovak": """
        biuro dyrekcja fakturace faktury handel infolinia kadry kancelar kancelaria ksiegowosc obchod objednavky
        obsluga podatelna pomoc praca prodej reklamace rekrutacja rezervace rezerwacje servis serwis sklep
        sprzedaz ucetni ucto zakaznici zakupy zamowienia
    """,
    "Swedish, Danish, Norwegian, Finnish": """
        asiakaspalvelu bestilling bogholderi butik ekonomi faktura firmapost forsaljning hallinto indkob inkop
        innkjop kansli kontor kundeservice kundservice kundtjanst laskutus medlem myynti okonomi palkanlaskenta
        postmottak regnskap salg salj tilaukset toimisto
    """,
    "Hungarian, Romanian, Turkish, Greek and Russian": """
        achizitii bilgi buh contabilitate destek ertekesites ik iletisim iroda kadrove lojistik muhasebe penzugy
        rendeles satis szamlazas titkarsag ugyfelszolgalat vanzari vevoszolgalat zakaz zakupki
    """,
}

_PLACE_WORDS = "uk eu us usa de fr es it nl pl at ch dach emea apac latam int intl global north south east west my"
_LIST_WORDS = (
    "list lists listserv listserver group groups mailman majordomo sympa liste listes lista listas listy lijst"
)

ROLE_WORDS = frozenset(word for words in _WORDS.values() for word in words.split())
"""All of them, case-folded, in Latin letters; a word stands under the first language that has it."""

PLACES = frozenset(_PLACE_WORDS.split())
"""What may stand before a role word without making a person of it: sales lives at uk-sales@ as well as at sales-uk@."""

LIST_LABELS = frozenset(_LIST_WORDS.split())
"""The first labels of domains that serve mailing lists."""

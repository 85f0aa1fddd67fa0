/* Counts the calls that change files, and at one of them kills the process or lets it fail. Loaded by LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { NOTHING, KILL, EIO_ONCE, FULL_FROM_THEN_ON, QUOTA_FROM_THEN_ON, READ_ONLY_FROM_THEN_ON };

static long count, at;
static int action;

void faults_arm(long nth, int what) { count = 0; at = nth; action = what; }
long faults_count(void) { return count; }

/* 0 to go on, else the errno to fail with. `grows`: a full disk hinders it. */
static int fault(int grows) {
    long now = __sync_add_and_fetch(&count, 1);
    if (action == KILL && now == at) kill(getpid(), SIGKILL);
    if (action == EIO_ONCE && now == at) return EIO;
    if (now < at) return 0;
    if (action == FULL_FROM_THEN_ON && grows) return ENOSPC;
    if (action == QUOTA_FROM_THEN_ON && grows) return EDQUOT;
    if (action == READ_ONLY_FROM_THEN_ON) return EROFS;
    return 0;
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)
#define GUARD(grows) do { int e = fault(grows); if (e) { errno = e; return -1; } } while (0)

ssize_t write(int fd, const void *p, size_t n) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (fd > 2) GUARD(1);
    return real(fd, p, n);
}
ssize_t pwrite(int fd, const void *p, size_t n, off_t o) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    GUARD(1);
    return real(fd, p, n, o);
}
ssize_t pwrite64(int fd, const void *p, size_t n, off64_t o) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    GUARD(1);
    return real(fd, p, n, o);
}
int fsync(int fd) { REAL(int, "fsync", int); GUARD(0); return real(fd); }
int fdatasync(int fd) { REAL(int, "fdatasync", int); GUARD(0); return real(fd); }
int ftruncate(int fd, off_t n) { REAL(int, "ftruncate", int, off_t); GUARD(0); return real(fd, n); }
int ftruncate64(int fd, off64_t n) { REAL(int, "ftruncate64", int, off64_t); GUARD(0); return real(fd, n); }
int rename(const char *a, const char *b) { REAL(int, "rename", const char *, const char *); GUARD(1); return real(a, b); }
int mkdir(const char *a, mode_t m) { REAL(int, "mkdir", const char *, mode_t); GUARD(1); return real(a, m); }
int unlink(const char *a) { REAL(int, "unlink", const char *); GUARD(0); return real(a); }

/* Only what is opened for writing: a new file needs room on the disk, one that is there does not. */
static int opened(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
    if (flags & (O_WRONLY | O_RDWR | O_CREAT)) GUARD(flags & O_CREAT);
    return real(path, flags, mode);
}
#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, #name, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return opened(real, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

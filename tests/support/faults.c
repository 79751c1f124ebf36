/* Faults from outside: loaded into a process before its C library (LD_PRELOAD), this makes its
 * disk, its clock and its life fail as a shared file says (environment variable FAULTS). The layout
 * of that file is in faults.py. Only files whose path begins with FAULTS_FILES have faults, and only
 * IPv4 sockets count as sockets.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum step { NONE, WRITE, SYNC, SEND, RECEIVE };
enum moment { BEFORE, WITHIN, AFTER };

struct control {
    int64_t write_errno;  /* of every write to the files */
    int64_t sync_errno;   /* of every sync of them */
    int64_t open_errno;   /* of every opening for writing */
    int64_t capacity;     /* bytes that all the files have room for; 0: any number */
    int64_t clock_ns;     /* added to the system's clock */
    int64_t kill_step;    /* the step to die at */
    int64_t kill_count;   /* at which occurrence of it, from 1 */
    int64_t kill_moment;
};

static struct control *control;
static const char *files;

#define REAL(name) ((__typeof__(name) *)real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS");
    files = getenv("FAULTS_FILES");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0 || !files) return;
    void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) control = map;
    close(file);
}

static int is_ours(const char *path) { return control && !strncmp(path, files, strlen(files)); }

static int is_store(int file) {
    char link[64], path[4096];
    if (!control) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

static int is_socket(int file) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    return control && !getsockname(file, (struct sockaddr *)&address, &length) &&
           address.ss_family == AF_INET;
}

/* Return whether the process is to die at this occurrence of a step. */
static int is_end(enum step step) {
    if (control->kill_step != step) return 0;
    if (__atomic_sub_fetch(&control->kill_count, 1, __ATOMIC_SEQ_CST)) return 0;
    control->kill_step = NONE;
    return 1;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int64_t bytes_used(void) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", files);
    char *slash = strrchr(folder, '/');
    *slash = 0;
    size_t length = strlen(slash + 1);
    DIR *entries = opendir(folder);
    int64_t used = 0;
    struct dirent *entry;
    struct stat status;
    while (entries && (entry = readdir(entries)))
        if (!strncmp(entry->d_name, slash + 1, length) &&
            !fstatat(dirfd(entries), entry->d_name, &status, 0))
            used += status.st_size;
    if (entries) closedir(entries);
    return used;
}

static int has_room(int file, int64_t end) {
    struct stat status;
    if (!control->capacity || fstat(file, &status) || end <= status.st_size) return 1;
    return bytes_used() + end - status.st_size <= control->capacity;
}

/* Return the error of a write that ends there; 0 if it may be made. */
static int write_error(int file, int64_t end) {
    if (control->write_errno) return (int)control->write_errno;
    return has_room(file, end) ? 0 : ENOSPC;
}

static ssize_t write_at(const char *name, int file, const void *data, size_t size, off64_t at) {
    ssize_t (*write_it)(int, const void *, size_t, off64_t) = real(name);
    if (!is_store(file)) return write_it(file, data, size, at);
    int error = write_error(file, at + (int64_t)size), end = is_end(WRITE);
    if (error) {
        errno = error;
        return -1;
    }
    if (!end) return write_it(file, data, size, at);
    if (control->kill_moment != BEFORE)
        write_it(file, data, control->kill_moment == WITHIN ? size / 2 : size, at);
    die();
    return -1;
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    return write_at("pwrite64", file, data, size, at);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    return write_at("pwrite", file, data, size, at);
}

static int sync_it(const char *name, int file) {
    int (*sync)(int) = real(name);
    if (!is_store(file)) return sync(file);
    int end = is_end(SYNC);
    if (control->sync_errno) {
        errno = (int)control->sync_errno;
        return -1;
    }
    if (!end) return sync(file);
    if (control->kill_moment != BEFORE) sync(file);
    die();
    return -1;
}

int fsync(int file) { return sync_it("fsync", file); }

int fdatasync(int file) { return sync_it("fdatasync", file); }

static int allocate(const char *name, int file, off64_t at, off64_t size) {
    int (*allocate_it)(int, off64_t, off64_t) = real(name);
    int error = is_store(file) ? write_error(file, at + size) : 0;
    return error ? error : allocate_it(file, at, size);
}

int posix_fallocate64(int file, off64_t at, off64_t size) {
    return allocate("posix_fallocate64", file, at, size);
}

int posix_fallocate(int file, off_t at, off_t size) {
    return allocate("posix_fallocate", file, at, size);
}

static int open_it(const char *name, const char *path, int flags, mode_t mode) {
    int (*open_path)(const char *, int, ...) = real(name);
    if (is_ours(path) && control->open_errno && (flags & O_ACCMODE) != O_RDONLY) {
        errno = (int)control->open_errno;
        return -1;
    }
    return open_path(path, flags, mode);
}

#define OPEN(name)                                        \
    int name(const char *path, int flags, ...) {          \
        va_list more;                                     \
        va_start(more, flags);                            \
        mode_t mode = (mode_t)va_arg(more, unsigned int); \
        va_end(more);                                     \
        return open_it(#name, path, flags, mode);         \
    }

OPEN(open64)
OPEN(open)

static void limit(const char *path, unsigned long block, unsigned long *available) {
    if (!is_ours(path) && !(control && !strncmp(files, path, strlen(path)))) return;
    int64_t room = control->capacity - bytes_used();
    if (control->capacity) *available = room > 0 ? (unsigned long)room / block : 0;
}

int statvfs64(const char *path, struct statvfs64 *status) {
    int result = REAL(statvfs64)(path, status);
    if (!result) limit(path, status->f_frsize, (unsigned long *)&status->f_bavail);
    return result;
}

int statvfs(const char *path, struct statvfs *status) {
    int result = REAL(statvfs)(path, status);
    if (!result) limit(path, status->f_frsize, (unsigned long *)&status->f_bavail);
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = REAL(clock_gettime)(clock, time);
    if (result || clock != CLOCK_REALTIME || !control || !control->clock_ns) return result;
    int64_t now = time->tv_sec * INT64_C(1000000000) + time->tv_nsec + control->clock_ns;
    time->tv_sec = now / INT64_C(1000000000);
    time->tv_nsec = now % INT64_C(1000000000);
    return 0;
}

/* What leaves by a socket; within: half of it, if it is in one piece. */
#define SENDING(file, part, whole)                                   \
    if (!is_socket(file) || !is_end(SEND)) return whole;             \
    if (control->kill_moment == WITHIN) part;                        \
    if (control->kill_moment == AFTER) whole;                        \
    die();                                                           \
    return -1

ssize_t write(int file, const void *data, size_t size) {
    SENDING(file, REAL(write)(file, data, size / 2), REAL(write)(file, data, size));
}

ssize_t send(int file, const void *data, size_t size, int flags) {
    SENDING(file, REAL(send)(file, data, size / 2, flags), REAL(send)(file, data, size, flags));
}

ssize_t writev(int file, const struct iovec *data, int count) {
    SENDING(file, REAL(write)(file, data->iov_base, data->iov_len / 2),
            REAL(writev)(file, data, count));
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags) {
    SENDING(file, (void)0, REAL(sendmsg)(file, message, flags));
}

#define RECEIVING(file, whole)                                       \
    if (!is_socket(file) || !is_end(RECEIVE)) return whole;          \
    if (control->kill_moment != BEFORE) whole;                       \
    die();                                                           \
    return -1

ssize_t read(int file, void *data, size_t size) {
    RECEIVING(file, REAL(read)(file, data, size));
}

ssize_t recv(int file, void *data, size_t size, int flags) {
    RECEIVING(file, REAL(recv)(file, data, size, flags));
}

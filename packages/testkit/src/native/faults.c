/*
 * Preloaded into a process, makes one call fail: the n-th of those that the addon makes to its libc, or that open and read
 * a file of /proc/self/fdinfo for it. The process writes into a file, which is mapped here, which one and with what.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

struct control {
	uint32_t target; /* which call, from 1 on; 0 for none */
	uint32_t count;
	int32_t error;
	uint32_t hit;
	char name[32]; /* of the call that failed */
};

static volatile struct control *control;
static uintptr_t from, to; /* where the addon is */
static volatile int fdinfo = -1;

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("RBGEN_FAULTS");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	control = (void *)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
}

static int find(struct dl_phdr_info *info, size_t size, void *unused)
{
	int i;

	(void)size;
	(void)unused;
	if (!strstr(info->dlpi_name, "rbgen-native.node"))
		return 0;
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_X))
			continue;
		from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		to = from + info->dlpi_phdr[i].p_memsz;
	}
	return 1;
}

static int fails(const char *name)
{
	size_t i;

	if (__atomic_add_fetch(&control->count, 1, __ATOMIC_RELAXED) != control->target)
		return 0;
	for (i = 0; name[i] && i < sizeof(control->name) - 1; i++)
		control->name[i] = name[i];
	control->name[i] = 0;
	control->hit = 1;
	errno = control->error;
	return 1;
}

static int fails_from(const void *caller, const char *name)
{
	if (!control || !control->target)
		return 0;
	if (!to)
		dl_iterate_phdr(find, NULL);
	return (uintptr_t)caller >= from && (uintptr_t)caller < to && fails(name);
}
#define FAILS(name) fails_from(__builtin_return_address(0), name)

void *malloc(size_t size) { return FAILS("malloc") ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return FAILS("calloc") ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return FAILS("realloc") ? NULL : __libc_realloc(old, size); }

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	if (FAILS("mmap"))
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

int epoll_create1(int flags) { return FAILS("epoll_create1") ? -1 : (int)syscall(SYS_epoll_create1, flags); }
int epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	/* taking out cannot fail of a set that has the descriptor */
	if (operation == EPOLL_CTL_ADD && FAILS("epoll_ctl"))
		return -1;
	return (int)syscall(SYS_epoll_ctl, set, operation, fd, event);
}
int epoll_wait(int set, struct epoll_event *events, int most, int milliseconds)
{
	if (FAILS("epoll_wait"))
		return -1;
	return (int)syscall(SYS_epoll_pwait, set, events, most, milliseconds, NULL, 0);
}
int eventfd(unsigned int initial, int flags) { return FAILS("eventfd") ? -1 : (int)syscall(SYS_eventfd2, initial, flags); }

/* of a call that may wait for ever: it is interrupted, whatever the error is that all others end with */
int poll(struct pollfd *fds, nfds_t count, int milliseconds)
{
	if (FAILS("poll")) {
		errno = EINTR;
		return -1;
	}
	return (int)syscall(SYS_poll, fds, count, milliseconds);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, request);
	argument = va_arg(arguments, long);
	va_end(arguments);
	return FAILS("ioctl") ? -1 : (int)syscall(SYS_ioctl, fd, request, argument);
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	return FAILS("fcntl") ? -1 : (int)syscall(SYS_fcntl, fd, command, argument);
}

static long pass(long number, va_list arguments)
{
	static long (*call)(long, ...);
	long a[6];
	int i;

	if (!call)
		*(void **)&call = dlsym(RTLD_NEXT, "syscall");
	for (i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	return call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

long syscall(long number, ...)
{
	va_list arguments;
	long result;

	if (number == SYS_bpf && FAILS("bpf"))
		return -1;
	if (number == SYS_perf_event_open && FAILS("perf_event_open"))
		return -1;
	va_start(arguments, number);
	result = pass(number, arguments);
	va_end(arguments);
	return result;
}

static int opened(const void *caller, const char *path, int flags, mode_t mode)
{
	int watched = control && control->target && strncmp(path, "/proc/self/fdinfo/", 18) == 0, fd;

	if (fails_from(caller, "open") || (watched && fails("open of fdinfo")))
		return -1;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (watched)
		fdinfo = fd;
	return fd;
}
#define OPEN(name)                                                                       \
	int name(const char *path, int flags, ...)                                       \
	{                                                                                \
		va_list arguments;                                                       \
		mode_t mode;                                                             \
		va_start(arguments, flags);                                              \
		mode = (mode_t)va_arg(arguments, int);                                   \
		va_end(arguments);                                                       \
		return opened(__builtin_return_address(0), path, flags, mode);           \
	}
OPEN(open)
OPEN(open64)

ssize_t read(int fd, void *bytes, size_t length)
{
	if (FAILS("read") || (control && control->target && fd == fdinfo && fails("read of fdinfo")))
		return -1;
	return syscall(SYS_read, fd, bytes, length);
}
off_t lseek(int fd, off_t offset, int whence) { return FAILS("lseek") ? -1 : syscall(SYS_lseek, fd, offset, whence); }
ssize_t pread(int fd, void *bytes, size_t length, off_t offset)
{
	return FAILS("pread") ? -1 : syscall(SYS_pread64, fd, bytes, length, offset);
}

static int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *), void *argument)
{
	if (FAILS("pthread_create"))
		return control->error;
	if (!create)
		*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	return create(thread, attributes, work, argument);
}

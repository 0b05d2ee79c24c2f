/*
 * hold <slot> <size>: runs the program on descriptor 3 with a page that userfaultfd keeps empty, says "held" once the
 * program stands on it, and fills it with the number read from standard input, which ends the run.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct request {
	uint32_t slot, size;
	uint64_t gate;
	int64_t returned;
};

static void *run(void *request)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.test.prog_fd = 3;
	attributes.test.ctx_in = (uintptr_t)request;
	attributes.test.ctx_size_in = sizeof(struct request);
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof(attributes)) < 0 || attributes.test.retval != 0)
		return "the program did not run";
	return NULL;
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int count, char **argument)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_copy copy = { 0 };
	struct uffd_msg message;
	struct request request = { 0 };
	static uint64_t page[512] __attribute__((aligned(4096)));
	void *gate, *problem = NULL;
	pthread_t thread;
	unsigned order;
	int fault;

	if (count != 3)
		return 2;
	request.slot = atoi(argument[1]);
	request.size = atoi(argument[2]);
	gate = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fault = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (gate == MAP_FAILED || fault < 0 || ioctl(fault, UFFDIO_API, &api) < 0)
		return fail("userfaultfd");
	area.range.start = (uintptr_t)gate;
	area.range.len = 4096;
	if (ioctl(fault, UFFDIO_REGISTER, &area) < 0)
		return fail("UFFDIO_REGISTER");
	request.gate = (uintptr_t)gate;
	pthread_create(&thread, NULL, run, &request);
	if (read(fault, &message, sizeof(message)) != sizeof(message))
		return fail("read");
	printf("held\n");
	fflush(stdout);
	if (scanf("%u", &order) != 1)
		return fail("scanf");
	page[0] = order;
	copy.dst = (uintptr_t)gate;
	copy.src = (uintptr_t)page;
	copy.len = 4096;
	if (ioctl(fault, UFFDIO_COPY, &copy) < 0)
		return fail("UFFDIO_COPY");
	pthread_join(thread, &problem);
	if (problem) {
		fprintf(stderr, "%s\n", (char *)problem);
		return 1;
	}
	return 0;
}

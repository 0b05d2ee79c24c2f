/*
 * mmap-rules: tries every mapping of a ring of two pages on descriptor 3 and prints one line per try, with 0 or the
 * errno's name. What a page may be used for is asked of the kernel, not of any library.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096L
#define N (2 * PAGE)

static const char *result(int failed)
{
	return failed ? strerrorname_np(errno) : "OK";
}

static void try(const char *name, long length, int protection, int flags, long offset)
{
	void *at = mmap(NULL, length, protection, flags, 3, offset);

	printf("%s: %s\n", name, result(at == MAP_FAILED));
	if (at != MAP_FAILED)
		munmap(at, length);
}

static void change(const char *name, long length, int protection, long offset, int later, int last)
{
	void *at = mmap(NULL, length, protection, MAP_SHARED, 3, offset);

	if (at == MAP_FAILED) {
		printf("%s: not mapped\n", name);
		return;
	}
	if (mprotect(at, length, later) < 0)
		printf("%s: %s\n", name, result(1));
	else
		printf("%s: %s\n", name, result(last && mprotect(at, length, last) < 0));
	munmap(at, length);
}

int main(void)
{
	const int r = PROT_READ, rw = PROT_READ | PROT_WRITE, x = PROT_READ | PROT_EXEC;
	void *at, *moved;

	try("consumer page, writable", PAGE, rw, MAP_SHARED, 0);
	try("consumer page, write only", PAGE, PROT_WRITE, MAP_SHARED, 0);
	try("two pages from the start, writable", 2 * PAGE, rw, MAP_SHARED, 0);
	try("producer page, writable", PAGE, rw, MAP_SHARED, PAGE);
	try("data page, writable", PAGE, rw, MAP_SHARED, 2 * PAGE);
	try("alias page, writable", PAGE, rw, MAP_SHARED, 2 * PAGE + N);
	try("producer and data, writable", PAGE + 2 * N, rw, MAP_SHARED, PAGE);
	try("everything, read only", 2 * PAGE + 2 * N, r, MAP_SHARED, 0);
	try("everything, no access", 2 * PAGE + 2 * N, PROT_NONE, MAP_SHARED, 0);
	try("a page past the end, read only", 3 * PAGE + 2 * N, r, MAP_SHARED, 0);
	try("a page past the end, writable", 2 * PAGE + 2 * N, rw, MAP_SHARED, PAGE);
	try("private", PAGE, r, MAP_PRIVATE, 0);
	try("executable", PAGE, x, MAP_SHARED, 0);
	try("unaligned", PAGE, r, MAP_SHARED, 8);
	try("nothing", 0, r, MAP_SHARED, 0);
	change("read only, then writable", PAGE, r, 0, rw, 0);
	change("data read only, then writable", PAGE, r, 2 * PAGE, rw, 0);
	change("read only, then executable", PAGE, r, 0, x, 0);
	change("read only, then no access", PAGE, r, 0, PROT_NONE, 0);
	change("consumer writable, read only, writable", PAGE, rw, 0, r, rw);
	at = mmap(NULL, PAGE, r, MAP_SHARED, 3, 0);
	moved = mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	printf("grown: %s\n", result(moved == MAP_FAILED));
	moved = mremap(at, 0, PAGE, MREMAP_MAYMOVE);
	printf("doubled: %s\n", result(moved == MAP_FAILED));
	moved = mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (char *)at - 64 * PAGE);
	printf("moved: %s\n", result(moved == MAP_FAILED));
	return 0;
}

/*
 * perf-peer replay <object>: loads native/perf.bpf.c's object, reads its map by libbpf's perf_buffer with one page per CPU,
 * and does what the lines of standard input say: "send <cpu> <number> <count> <length>", "consume". It prints "sent <result>",
 * "sample <cpu> <number> <bytes>" and "lost <cpu> <samples>".
 *
 * perf-peer saturate <cpu> <count>: runs the program on descriptor 3 so often, one sample of 100 bytes each, numbered from 0
 * on, and prints the numbers of those that were let in.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

static void on_sample(void *context, int cpu, void *data, uint32_t size)
{
	(void)context;
	printf("sample %d %u %u\n", cpu, *(uint32_t *)data, size);
}

static void on_lost(void *context, int cpu, unsigned long long count)
{
	(void)context;
	printf("lost %d %llu\n", cpu, count);
}

static int send_on(int program, uint32_t cpu, uint64_t number, uint64_t count, uint64_t length)
{
	uint64_t arguments[5] = { number, count, length, 0xffffffff, 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = arguments, .ctx_size_in = sizeof(arguments),
		    .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);

	if (bpf_prog_test_run_opts(program, &options) != 0) {
		perror("bpf_prog_test_run_opts");
		exit(1);
	}
	return (int)options.retval;
}

static int replay(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct perf_buffer *buffer;
	uint32_t cpu, number, count, length;
	char line[128];
	int map, program;

	if (object == NULL || bpf_object__load(object) != 0)
		return 2;
	map = bpf_object__find_map_fd_by_name(object, "events");
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "send"));
	buffer = perf_buffer__new(map, 1, on_sample, on_lost, NULL, NULL);
	if (buffer == NULL)
		return 3;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "send %u %u %u %u", &cpu, &number, &count, &length) == 4)
			printf("sent %d\n", send_on(program, cpu, number, count, length));
		else if (perf_buffer__consume(buffer) < 0)
			return 4;
	}
	perf_buffer__free(buffer);
	bpf_object__close(object);
	return 0;
}

static int saturate(uint32_t cpu, uint32_t count)
{
	uint32_t number;

	for (number = 0; number < count; number++) {
		int result = send_on(3, cpu, number, 1, 100);

		if (result == 0)
			printf("%u\n", number);
		else if (result != -ENOSPC)
			return 5;
	}
	return 0;
}

int main(int count, char **arguments)
{
	libbpf_set_print(quiet);
	if (count == 3 && strcmp(arguments[1], "replay") == 0)
		return replay(arguments[2]);
	if (count == 4 && strcmp(arguments[1], "saturate") == 0)
		return saturate((uint32_t)atoi(arguments[2]), (uint32_t)atoi(arguments[3]));
	return 1;
}

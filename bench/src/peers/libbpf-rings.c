/*
 * libbpf's side of the native benchmarks that need one process: libbpf-rings <object> drain | write | perf <pages> <thousands> <drains>
 * prints its figures as words on one line.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct event {
	uint64_t time;
	uint32_t pid, kind;
	char comm[16];
	uint64_t first, second;
};
struct command {
	uint64_t id;
	uint32_t kind, flags;
	char name[16];
};
struct request {
	uint32_t count, flags;
	uint64_t dropped, drained;
};

static int produce, drain;
static uint64_t sum, records;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void run(int program, struct request *request)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = request, .ctx_size_in = sizeof(*request));

	if (bpf_prog_test_run_opts(program, &options))
		exit(3);
}

static int two_members(void *context, void *data, size_t size)
{
	struct event *event = data;

	(void)context, (void)size;
	sum += event->kind + event->pid;
	records++;
	return 0;
}

static void two_members_of_perf(void *context, int cpu, void *data, uint32_t size)
{
	(void)cpu;
	two_members(context, data, size);
}

/* Sends so many thousand events to the ring of CPU 0. */
static void run_perf(int program, int thousands)
{
	uint64_t arguments[2] = { 0, 1000 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = arguments, .ctx_size_in = sizeof(arguments),
		    .flags = BPF_F_TEST_RUN_ON_CPU);

	for (; thousands > 0; thousands--, arguments[0] += 1000)
		if (bpf_prog_test_run_opts(program, &options))
			exit(3);
}

int main(int count, char **argument)
{
	struct bpf_object *object = bpf_object__open_file(argument[1], NULL);
	struct ring_buffer *ring;
	uint64_t start;
	int fd;

	if (count < 3 || !object || bpf_object__load(object))
		return 2;
	produce = bpf_program__fd(bpf_object__find_program_by_name(object, "produce"));
	drain = bpf_program__fd(bpf_object__find_program_by_name(object, "drain"));
	fd = bpf_object__find_map_fd_by_name(object, "events");
	if (strcmp(argument[2], "drain") == 0) {
		struct request request = { .count = 1 << 20 };

		ring = ring_buffer__new(fd, two_members, NULL, NULL);
		run(produce, &request); /* once around, so that every page is there on both sides */
		ring_buffer__consume(ring);
		records = 0;
		run(produce, &request);
		start = now();
		ring_buffer__consume(ring);
		printf("%f %llu %llu\n", (double)(now() - start) / records, (unsigned long long)records, (unsigned long long)sum);
	} else if (strcmp(argument[2], "perf") == 0 && count == 6) {
		int thousands = atoi(argument[4]), drains = atoi(argument[5]);
		uint64_t spent = 0;
		struct perf_buffer *buffer = perf_buffer__new(bpf_object__find_map_fd_by_name(object, "perf_events"),
							      atoi(argument[3]), two_members_of_perf, NULL, NULL, NULL);

		if (!buffer)
			return 4;
		produce = bpf_program__fd(bpf_object__find_program_by_name(object, "produce_perf"));
		run_perf(produce, thousands);
		perf_buffer__consume(buffer);
		for (records = 0; drains > 0; drains--) {
			run_perf(produce, thousands);
			start = now();
			perf_buffer__consume(buffer);
			spent += now() - start;
		}
		printf("%f %llu %llu\n", (double)spent / records, (unsigned long long)records, (unsigned long long)sum);
	} else if (strcmp(argument[2], "write") == 0) {
		struct user_ring_buffer *writer =
			user_ring_buffer__new(bpf_object__find_map_fd_by_name(object, "commands"), NULL);
		struct request request = { 0 };
		struct command *command;
		uint64_t spent = 0, written = 0;
		int round;

		for (round = 0; round < 40; round++) {
			if (round == 4)
				spent = written = 0;
			start = now();
			while ((command = user_ring_buffer__reserve(writer, sizeof(*command)))) {
				command->id = written;
				command->kind = written & 7;
				command->flags = 1;
				memcpy(command->name, "benchmark\0\0\0\0\0\0", 16);
				user_ring_buffer__submit(writer, command);
				written++;
			}
			spent += now() - start;
			run(drain, &request);
		}
		printf("%f %llu\n", (double)spent / written, (unsigned long long)written);
	}
	return 0;
}

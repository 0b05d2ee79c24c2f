/*
 * Processes of the benchmarks that need two at once, on a ring that a third one made: producers for our reader and for
 * libbpf's alike, and libbpf's reader.
 *
 *   ring-processes produce <map id> <object> <milliseconds> <most records/s, 0 for no limit>
 *                                                             prints how many records it sent and dropped
 *   ring-processes tick <map id> <object> <count>             one record each half millisecond
 *   ring-processes stream <map id>                            prints records, when the last one came, and a sum
 *   ring-processes wake <map id> <count>                      prints p50 and p99 of commit to callback, in nanoseconds
 *
 * Each prints "ready" first; a producer begins with the next line of its input, and a consumer ends with its input's end.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct event {
	uint64_t time;
	uint32_t pid, kind;
	char comm[16];
	uint64_t first, second;
};
struct request {
	uint32_t count, flags;
	uint64_t dropped, drained;
};

static uint64_t sum, records, *latencies;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static int two_members(void *context, void *data, size_t size)
{
	struct event *event = data;

	(void)context, (void)size;
	sum += event->kind + event->pid;
	records++;
	return 0;
}

static int latency(void *context, void *data, size_t size)
{
	struct event *event = data;

	(void)context, (void)size;
	latencies[records++] = now() - event->time;
	return 0;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The program `produce` of the object, on the ring that is there. */
static int producer(const char *file, int map)
{
	struct bpf_object *object = bpf_object__open_file(file, NULL);

	if (!object || bpf_map__reuse_fd(bpf_object__find_map_by_name(object, "events"), map) || bpf_object__load(object))
		exit(2);
	return bpf_program__fd(bpf_object__find_program_by_name(object, "produce"));
}

static void run(int program, struct request *request)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = request, .ctx_size_in = sizeof(*request));

	if (bpf_prog_test_run_opts(program, &options))
		exit(3);
}

static void produce(int program, uint64_t milliseconds, uint64_t rate)
{
	struct request request = { .count = rate ? 512 : 4096 };
	uint64_t start, sent = 0;

	ready();
	getchar();
	for (start = now(); now() - start < milliseconds * 1000000; sent += request.count) {
		while (rate && (now() - start) * rate / 1000000000 < sent)
			;
		run(program, &request);
	}
	printf("%llu %llu\n", (unsigned long long)sent, (unsigned long long)request.dropped);
}

static void tick(int program, int count)
{
	struct request request = { .count = 1 };
	int i;

	ready();
	getchar();
	for (i = 0; i < count; i++) {
		usleep(500);
		run(program, &request);
	}
	printf("%d %llu\n", count, (unsigned long long)request.dropped);
}

/* Whether whoever started this has closed its input. */
static int told_to_end(void)
{
	struct pollfd input = { STDIN_FILENO, POLLIN | POLLHUP, 0 };

	return poll(&input, 1, 0) > 0;
}

static void stream(int map)
{
	struct ring_buffer *ring = ring_buffer__new(map, two_members, NULL, NULL);
	uint64_t last = 0;

	ready();
	for (;;) {
		int over = told_to_end(), count = ring_buffer__poll(ring, 100);

		if (count > 0)
			last = now();
		else if (over)
			break;
	}
	printf("%llu %llu %llu\n", (unsigned long long)records, (unsigned long long)last, (unsigned long long)sum);
}

static void wake(int map, uint64_t count)
{
	struct ring_buffer *ring = ring_buffer__new(map, latency, NULL, NULL);

	latencies = calloc(count, sizeof(*latencies));
	ready();
	while (records < count)
		ring_buffer__poll(ring, -1);
	qsort(latencies, records, sizeof(*latencies), ascending);
	printf("%llu %llu\n", (unsigned long long)latencies[records / 2],
	       (unsigned long long)latencies[records * 99 / 100]);
}

int main(int count, char **argument)
{
	int map = count > 2 ? bpf_map_get_fd_by_id(atoi(argument[2])) : -1;

	if (map < 0)
		return 2;
	if (count > 5 && strcmp(argument[1], "produce") == 0)
		produce(producer(argument[3], map), strtoull(argument[4], NULL, 10), strtoull(argument[5], NULL, 10));
	else if (count > 4 && strcmp(argument[1], "tick") == 0)
		tick(producer(argument[3], map), atoi(argument[4]));
	else if (count > 3 && strcmp(argument[1], "wake") == 0)
		wake(map, strtoull(argument[3], NULL, 10));
	else if (strcmp(argument[1], "stream") == 0)
		stream(map);
	else
		return 2;
	return 0;
}

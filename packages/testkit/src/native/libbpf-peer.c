/*
 * The other side, by libbpf: reads a pinned ring buffer, or writes to a pinned user ring.
 *   libbpf-peer consume <path> <count>   prints the first word of each record, and ends after <count>
 *   libbpf-peer produce <path> <first> <count>   writes 16-byte records that begin with <first>, <first>+1, …
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int left;

static int print(void *context, void *data, size_t size)
{
	uint64_t first = 0;

	(void)context;
	memcpy(&first, data, size < 8 ? size : 8);
	printf("%llu %zu\n", (unsigned long long)first, size);
	return --left == 0 ? -1000 : 0;
}

int main(int count, char **argument)
{
	int fd = count > 3 ? bpf_obj_get(argument[2]) : -1;

	if (fd < 0)
		return 2;
	if (strcmp(argument[1], "consume") == 0) {
		struct ring_buffer *ring = ring_buffer__new(fd, print, NULL, NULL);

		left = atoi(argument[3]);
		while (ring && left > 0 && ring_buffer__consume(ring) >= 0)
			;
		ring_buffer__free(ring);
		return left == 0 ? 0 : 1;
	}
	if (count > 4) {
		struct user_ring_buffer *ring = user_ring_buffer__new(fd, NULL);
		uint64_t first = strtoull(argument[3], NULL, 10);
		int i;

		for (i = 0; ring && i < atoi(argument[4]); i++) {
			uint64_t *sample = user_ring_buffer__reserve(ring, 16);

			if (!sample) {
				fprintf(stderr, "reserve: %d\n", errno);
				return 1;
			}
			sample[0] = first + i;
			sample[1] = ~sample[0];
			user_ring_buffer__submit(ring, sample);
		}
		user_ring_buffer__free(ring);
		return ring ? 0 : 1;
	}
	return 2;
}

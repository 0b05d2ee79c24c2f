/* Commands from user space over a user ring, answered on a ring. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct command { __u32 op; __u32 tenant; __u64 limit; };
struct answer { __u32 op; __s32 error; };

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} commands SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} answers SEC(".maps");

static long on_command(struct bpf_dynptr *dynptr, void *context)
{
	struct command command;
	if (bpf_dynptr_read(&command, sizeof(command), dynptr, 0, 0))
		return 1;
	struct answer answer = { .op = command.op };
	bpf_ringbuf_output(&answers, &answer, sizeof(answer), 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpid")
int drain(void *ctx)
{
	bpf_user_ringbuf_drain(&commands, on_command, (void *)0, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

/* Which TCP connections are begun, of either family: as their socket changes to SYN_SENT. */
#include "../below.h"
#include <bpf/bpf_endian.h>

enum { TCP_SYN_SENT = 2 };

struct in6_addr {
	__u8 bytes[16];
};

struct sock_common {
	__u32 skc_daddr;
	__u16 skc_dport;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr;
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
} __attribute__((preserve_access_index));

struct connect {
	__u32 pid;
	__u16 port;
	__u16 family;
	char comm[16];
	__u8 address4[4];
	__u8 address6[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* trace_inet_sock_set_state(const struct sock *sk, int before, int after) */
SEC("raw_tp/inet_sock_set_state")
int on_change(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	struct connect *e;
	__u32 address;

	if (ctx->args[2] != TCP_SYN_SENT || !is_told_of())
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	e->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	__builtin_memcpy(e->address4, &address, sizeof(address));
	__builtin_memset(e->address6, 0, sizeof(e->address6));
	if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))
		bpf_core_read(e->address6, sizeof(e->address6), &sk->__sk_common.skc_v6_daddr);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

/**
 * An object with all that a loader has to resolve: programs in two sections, subprograms in `.text` and beside a program,
 * a map, global variables of each section, pointers in data, and CO-RE relocations. It runs by BPF_PROG_TEST_RUN.
 */
export const loadableSource = `
  #define SEC(name) __attribute__((section(name), used))
  #define noinline __attribute__((noinline))
  typedef unsigned int u32; typedef unsigned long long u64;
  static void *(*lookup)(void *map, const void *key) = (void *)1;
  struct { int (*type)[2]; u32 *key; u64 *value; int (*max_entries)[4]; } counts SEC(".maps");
  struct { int (*type)[2]; u32 *key; u64 *value; int (*max_entries)[1]; } others SEC(".maps");
  const volatile u32 step = 3; u64 total = 40; u64 seen; static volatile u64 calls;
  struct task_struct { int pid; char comm[16]; } __attribute__((preserve_access_index));

  noinline u64 scaled(u64 by) {
    calls += by;
    return calls * step;
  }

  static noinline u64 shared(u64 by) { return scaled(by) + by; }

  SEC("syscall") int first(struct { u64 value; } *context) {
    u32 key = 1;
    u64 *count = lookup(&counts, &key);
    if (!count) return -1;
    *count += shared(2);
    seen = *count;
    return total + seen;
  }

  SEC("syscall") int second(void *context) {
    struct task_struct *task = 0;
    u32 key = 0;
    u64 *count = lookup(&others, &key);
    if (count) *count = scaled(1);
    return __builtin_preserve_field_info(task->pid, 0) > 0 && __builtin_preserve_field_info(task->comm, 1) == 16;
  }

  SEC("socket") int third(void *context) {
    return __builtin_preserve_field_info(((struct task_struct *)0)->pid, 2) + shared(5);
  }

  char licence[] SEC("license") = "GPL";
`;

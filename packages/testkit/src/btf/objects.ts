/** C sources that between them hold what compilers put into BTF: each under what it is about. */
export const btfSources: Readonly<Record<string, string>> = {
  scalars: `
    struct scalars { char c; signed char sc; unsigned char uc; short s; unsigned short us; int i; unsigned int ui;
      long l; unsigned long ul; long long ll; unsigned long long ull; _Bool b; __int128 q; unsigned __int128 uq; };
    struct scalars scalars; float f; double d;`,
  bitFields: `
    struct bits { unsigned int a : 3, b : 7; int : 0; long long c : 40; unsigned long long d : 24; _Bool flag : 1; unsigned char e : 3;
      short f : 9; int whole : 32; };
    struct crossing { unsigned char a : 7; unsigned int b : 20; unsigned short c : 4; long d : 61; } ;
    struct unnamed { int a : 5; int : 3; int b : 8; unsigned : 17; char c; };
    struct bits x; struct crossing y; struct unnamed z;`,
  packed: `
    struct inner { char a; int b; };
    struct __attribute__((packed)) tight { char a; long b; short c; struct inner d; int e : 13; long f : 50; char g; };
    struct __attribute__((packed, aligned(4))) loose { char a; long b; char c[3]; };
    struct mixed { char a; int b __attribute__((packed)); struct tight t; struct loose l; };
    struct mixed m[3];`,
  aligned: `
    struct __attribute__((aligned(64))) line { int a; };
    struct over { char a; struct line l; int b __attribute__((aligned(16))); char tail; };
    typedef int wide __attribute__((aligned(32)));
    struct uses { char a; wide w; char b; };
    struct over o; struct uses u;`,
  unions: `
    union value { char c; int i; long l; float *f; struct { short a, b; } pair; unsigned bits : 5; char text[13]; };
    struct holder { int kind; union value v; union { int x; struct { char lo, hi; }; }; struct { int y; union { long p; char q; }; }; };
    struct holder h;`,
  arrays: `
    struct point { int x, y; };
    struct arrays { int m[2][3][4]; struct point p[5]; char name[16]; unsigned char zero[0]; void *ptrs[3]; char (*to)[8];
      struct point flexible[]; };
    extern struct arrays *unused; struct arrays *unused;
    int dimension[4][5];`,
  enums: `
    enum small { A, B = 5, C }; enum negative { N = -3, Z, P = 7 }; enum wide { W = 1ull << 40, V = 3 };
    enum big { X = 0xffffffff, Y = 1 }; enum __attribute__((packed)) tiny { T1, T2 = 200 };
    enum { UNNAMED = 9 } unnamed;
    struct enums { enum small s; enum negative n : 4; enum wide w; enum big b; enum tiny t; };
    struct enums e;`,
  declared: `
    enum later; struct ops { int (*cb)(enum later, int); enum later *one; enum later (*many)(enum later); };
    typedef enum later later_t; struct uses { later_t *p; const enum later *q; };
    struct ops ops; struct uses uses;`,
  pointers: `
    struct opaque; union hidden; struct node { struct node *next, **prev; const char *name; volatile int *const p; void *restrict r;
      struct opaque *o; union hidden *h; int (*call)(struct node *, const void *, unsigned long); void (*(*nested)(int))(char); int (*variadic)(const char *, ...); };
    typedef struct node node_t; typedef node_t *node_p; typedef const volatile unsigned int cvu;
    struct list { node_t head; node_p tail; cvu count; struct { int depth; } anonymous, *pointed; };
    struct list l;`,
  tags: `
    #define tag(text) __attribute__((btf_decl_tag(text)))
    struct tagged { int a tag("rbgen:a"); int b tag("first") tag("second"); } tag("record");
    typedef int number tag("name");
    struct user { int __attribute__((btf_type_tag("user"))) *p; number n; };
    struct tagged t; struct user u; int variable tag("global");
    int function(struct tagged *one tag("arg"), int two) tag("func"); int function(struct tagged *one, int two) { return one->a + two; }`,
  sections: `
    #define SEC(name) __attribute__((section(name), used))
    static int hidden = 1; int shown = 2; const int constant = 3; int zeroed; static volatile long counter;
    struct { int (*type)[27]; int (*max_entries)[4096]; } events SEC(".maps");
    char licence[] SEC("license") = "GPL"; const volatile int knob SEC(".rodata.own") = 1;
    extern int CONFIG_HZ SEC(".kconfig"); extern _Bool CONFIG_SMP SEC(".kconfig"); extern int ksym_function(int) SEC(".ksyms"); extern const void ksym_variable SEC(".ksyms");
    static __attribute__((noinline)) int local(int a) { return a + counter++; }
    __attribute__((visibility("hidden"), noinline)) int concealed(int a) { return a * hidden++; }
    SEC("tracepoint") int program(void *ctx) { return local(1) + concealed(2) + shown + CONFIG_HZ + CONFIG_SMP + ksym_function(1) + (long)&ksym_variable; }`,
  records: `
    typedef unsigned long long u64; typedef unsigned int u32; typedef unsigned char u8;
    struct header { u64 ts; u32 pid, tgid; char comm[16]; };
    struct exec { struct header hdr; u32 argc; char filename[127]; };
    struct flow { struct header hdr; union { u32 v4; u8 v6[16]; } saddr, daddr; unsigned short sport, dport; u8 state : 4, dir : 1; };
    struct log { struct header hdr; u32 length; u8 data[]; };
    union event { struct header hdr; struct exec exec; struct flow flow; };
    union event *event; struct log *longest;`,
  empty: `
    struct empty {}; struct around { int a; struct empty e; struct empty list[3]; char b; }; union nothing {}; typedef void nil;
    struct empty one; struct around two; union nothing three; nil *four; void (*five)(void);`,
  many: Array.from(
    { length: 200 },
    (_, i) =>
      `struct s${i} { char a${i}; ${i === 0 ? "int" : `struct s${i - 1} *`} b; long c : ${(i % 60) + 1}; }; struct s${i} v${i};`,
  ).join("\n"),
};

/** C that is legal and unlikely, by what it is about. Clang for BPF accepts each by itself; `c23` needs its options for C23. */
export const cornerCases: readonly (readonly [title: string, text: string])[] = [
  ["lines that end in CR LF", "struct s { int a; /* x */\r\n short b; // y\r\n};\r\n#define N 4 \\\r\n + 1\r\n"],
  ["a byte order mark", "\ufeffstruct s { int a; };"],
  ["utf8 names", String.raw`struct été { int 変数; }; typedef struct été naïve; struct q { naïve x; int \u00e9; };`],
  [
    "digraphs",
    `%:define N 3
struct s <% int a<:N:>; %>;
%:define CAT(a,b) a%:%:b
struct CAT(q,r) { int x; };`,
  ],
  [
    "generic",
    `struct s { char a[_Generic(1L, int: 1, long: 2, default: 3)]; char b[_Generic((char)1, signed char: 5, char: 6)]; char c[_Generic("x", char *: 7, default: 8)]; char d[_Generic((const int){0}, int: 1, const int: 2)]; };`,
  ],
  ["auto_type", `__auto_type x = 5; struct s { int a; }; static inline int f(void) { __auto_type q = 3; return q; }`],
  [
    "knr",
    `int f(a, b) int a; char *b; { return a; }
struct s { int a; };
int g(); int (*h)();
struct t { int b; };`,
  ],
  [
    "asm goto",
    String.raw`static inline void f(void) { asm volatile goto("1: nop" : : "i"(1) : "memory" : l1); l1: ; __asm__ __volatile__("" ::: "r0", "memory"); }
asm(".pushsection x\n");
struct s { int a; };`,
  ],
  [
    "computed goto",
    `static int f(int n) { static void *t[] = { &&a, &&b }; goto *t[n]; a: return 1; b: return 2; }
struct s { int a; };`,
  ],
  [
    "attr positions",
    `__attribute__((packed)) struct a { char c; int b; };
struct __attribute__((packed)) b { char c; int b; };
struct c { char c; int b; } __attribute__((packed));
struct d { char c; int b; } __attribute__((packed)) *dp;
typedef __attribute__((aligned(16))) int ti; struct e { char c; ti x; };
typedef int __attribute__((aligned(16))) ti2; struct f { char c; ti2 x; };
typedef int ti3 __attribute__((aligned(2))); struct g { char c; ti3 x; };
struct h { char c; int __attribute__((packed)) b; };
struct i { char c; __attribute__((packed)) int b, d; };
struct j { char c; int b __attribute__((packed)), d; };
struct k { char c; int *__attribute__((aligned(16))) p; };
struct l { char c; __attribute__((aligned(8))) struct { char x; } in; };
struct m { char c; struct { char x; } __attribute__((aligned(8))) in; };
struct n { char c; struct __attribute__((aligned(8))) { char x; } in; };
struct __attribute__((aligned(32), packed)) o { char c; int b; };
enum __attribute__((packed)) p { P1, P2 = 300 };
enum q { Q1, Q2 } __attribute__((packed));
struct r { enum p p; enum q q; };
struct s { char c; union { int x; char y; } __attribute__((packed)); char d; };
struct t { char a; int b __attribute__((aligned)); };
struct u { char a; _Alignas(16) char b; _Alignas(double) char c; _Alignas(0) char d; };
struct v { char a; int __attribute__((aligned(1))) b; };
struct w { char a; int (*fp)(void) __attribute__((aligned(32))); };`,
  ],
  [
    "enum type",
    `enum e : unsigned char { A, B = 255 }; struct s { enum e e; char c; }; enum f : long; struct t { enum f f; };
enum g : short { G = -1 } ; struct u { enum g a : 3; };`,
  ],
  ["unnamed params", `static inline int f(int, char) { return 1; } struct s { int a; };`],
  [
    "static_assert positions",
    `struct s { int a; _Static_assert(1, "x"); _Static_assert(sizeof(int) == 4, "y" "z"); int b; }; _Static_assert(sizeof(struct s) == 8, "");`,
  ],
  [
    "typeof expr",
    `extern struct foo { int a; char b; } foo; struct s { typeof(foo.a) x; typeof(&foo) p; typeof(foo) f; typeof(foo.b) *q; typeof(((struct foo *)0)->b) r; typeof(1 ? 1L : 2) l; typeof("abc") str; typeof(foo)arr[2]; };`,
  ],
  ["typeof func", `int fn(long); struct s { typeof(fn) *p; typeof(fn(1)) r; typeof(&fn) q; };`],
  [
    "sizeof tricks",
    `struct a { int x[3]; }; struct s { char a[sizeof(struct a)]; char b[sizeof ((struct a *)0)->x / sizeof(int)]; char c[sizeof(int[2][3])]; char d[sizeof "hello"]; char e[sizeof(char){1}]; char f[(int)sizeof(long) - 3]; char g[sizeof(struct { int q; char w; })]; char h[sizeof -1]; char i[sizeof(1,2)]; char j[sizeof L"ab"]; char k[sizeof u8"é"]; char l[sizeof u"ab"]; };`,
  ],
  [
    "offsetof tricks",
    `struct a { int x[3]; struct { char c; struct { short q[4]; } in; } b; }; struct s { char a[__builtin_offsetof(struct a, b.in.q[2])]; char b[__builtin_offsetof(struct a, x[1])]; char c[(unsigned long)&((struct a *)0)->b.in]; };`,
  ],
  [
    "char consts",
    String.raw`enum e { A = 'a', B = '\n', C = '\x41', D = '\377', E = L'é', F = u'\u20ac', G = 'ab', H = '\0', I = '\e', J = '\'' , K='\\' , M = U'\U0001F600', N = 'abcd', O='\x80'};`,
  ],
  [
    "int consts",
    `enum e { A = 0xffffffff, B = 1ull << 40, C = -1, D = 0777, E = 0b11, F = 5 / 2 * 2, G = -7 / 2, H = -7 % 3, I = ~0, J = !5, K = 1 ? 2 : 3, L = (int)3.9, M = 1 == 1.0, N = 5 > 3 && 2, O = 0x7fffffff, P };`,
  ],
  [
    "unsigned wrap",
    `#define A (0u - 1)
#define B (1 << 31)
#define C (0xffffffff + 1)
#define D (4294967295 + 1)
#define E (-1 > 0u)
#define F ((unsigned char)300)
#define G (sizeof(int) - 5)
#define H (-1 >> 1)
#define I (~0u >> 1)
#define J 0x8000000000000000
#define K (char)200
#define L ((signed char)0x80)`,
  ],
  [
    "macros odd",
    String.raw`#define EMPTY
#define STR "a" "b" "\x41\n"
#define CH 'c'
#define FLT 1.5
#define NEG -5
#define PAREN (5)
#define CAST ((unsigned)5)
#define EXPR sizeof(struct s)
#define SELF SELF
#define FN(x) x
#define CALL FN(3)
#define KW int
#define IDENT undefined_name
#define ADDR &x
#define COMMA 1,2
#define UNB (1
#define ENUMV EA
#define TERN (1 ? 2 : 3)
#define BIGHEX 0xffffffffffffffffULL
#define OVER 99999999999999999999
#define LSTR L"abc"
#define U8 u8"é"
enum { EA = 7 };
struct s { int a; };`,
  ],
  [
    "va_opt",
    `#define F(a, ...) a __VA_OPT__(,) __VA_ARGS__
enum e { F(A), F(B, C, D) };
#define G(x, ...) f(x __VA_OPT__(,) ## __VA_ARGS__)
#define H(fmt, args...) int h_##fmt, ##args
struct s { H(a); H(b, c, d); };
#define CNT_(a,b,c,d,...) d
#define CNT(...) CNT_(__VA_ARGS__, 3, 2, 1)
struct t { char x[CNT(a,b)]; };`,
  ],
  [
    "bitfields",
    `struct a { int x:3; unsigned y:5; long z:40; char c:4; short s:9; _Bool b:1; int :0; int q:31; };
struct b { char a; int :0; char b; }; struct c { char a; long :0; char b; } __attribute__((packed));
struct d { int a:7; int :5; int b:20; int :0; short c:1; } ; struct e { unsigned long long a:63, b:2; };
struct f { __int128 a:100; __int128 b:28; }; struct g { char a; __int128 x:65; };
#pragma pack(1)
struct h { int a:3; long b:40; char c; short :0; int d:1; };
#pragma pack(2)
struct i { char a; int b:30; long c:50; };
#pragma pack()
struct j { int a:3 __attribute__((packed)); int b:30; }; struct k { char c; int a:4 __attribute__((aligned(8))); int b:2; };
enum en { A, B, C = 70000 }; struct l { enum en e:18; enum en f:2; }; struct m { int a:1; union { int b:2; char c; }; int d:3; };
typedef int ti __attribute__((aligned(1))); struct n { char a; ti b:20; ti c; };
typedef int tj __attribute__((aligned(16))); struct o { char a; tj b:20; tj : 3; };
struct p { unsigned : 3; char c; }; union q { int a:3; long b:40; char :7; }; struct r { unsigned a:sizeof(int)*4; };`,
  ],
  [
    "pragma pack",
    `#pragma pack(push, 1)
struct a { char c; int b; };
#pragma pack(push, 4)
struct b { char c; long b; };
#pragma pack(pop)
struct c { char c; short b; };
#pragma pack(pop)
struct d { char c; int b; };
#pragma pack(push, label, 2)
struct e { char c; int b; };
#pragma pack(pop, label)
struct f { char c; int b; };
#pragma pack(8)
struct g { char c; __int128 b; };
#pragma pack(0)
struct h { char c; __int128 b; };
_Pragma("pack(push,1)") struct i { char c; int b; } ; _Pragma("pack(pop)")
#define PACKED _Pragma("pack(1)")
PACKED struct j { char c; int b; };
#pragma pack(show)
#pragma pack()
struct k { char c; 
#pragma pack(1)
int b; long d; };
struct l { char c; int b; };
#pragma pack()
struct m { char a; struct k k; struct l l; int x __attribute__((aligned(16))); };`,
  ],
  [
    "flex",
    `struct a { int n; char d[]; }; struct b { struct a a; }; struct c { int x; struct a a; }; union u { struct a a; long l; };
struct d { int n; int z[0]; char c; }; struct e { int z[0]; }; struct f {}; struct g { struct f f; int a; }; struct h { int n; struct f f[3]; char c; };
struct i { int n; union { char a[0]; long b[0]; }; }; struct j { struct {} x; char d[]; };
struct k { int n; struct { int m; char d[]; } t; };`,
  ],
  [
    "recursive",
    `struct n { struct n *next; struct m *m; }; struct m { struct n n[2]; }; typedef struct l l_t; struct l { l_t *a; }; 
struct outer { struct inner { int a; } x; struct inner y; }; struct later { struct inner z; };
union uu { union uu *p; struct { union uu *q[2]; } r; };`,
  ],
  [
    "scopes",
    `enum fwd; struct s { enum fwd *p; }; enum fwd { F1 }; struct t { enum fwd e; };
void f(struct only_proto { int a; } *p); struct only_proto2; void g(struct only_proto2 *);
struct u { int (*cb)(struct u *, struct undefined_anywhere *); };`,
  ],
  [
    "redef same",
    `typedef int t; typedef int t; struct s; struct s; struct s { int a; }; extern int x; extern int x; typedef struct s s; typedef struct s s;
enum e;`,
  ],
  [
    "init arrays",
    `int a[] = { 1, 2, 3 }; char b[] = "hello"; char c[] = { "abc" }; int d[] = { [5] = 1 }; int e[][2] = { {1,2},{3,4} }; int f[][2] = { 1,2,3 }; struct { int x, y; } g[] = { 1,2,3,4 };
struct s { char a[sizeof a]; char d[sizeof(e)]; };
struct q { char b[sizeof b]; };
struct r { char x[sizeof d]; };`,
  ],
  [
    "array of fn ptr ok",
    `struct s { int (*a[3])(int, char *); int (*(*b)(void))[4]; void (*(*sig)(int, void (*)(int)))(int); char *const *volatile q; const char *const r[2][3]; int (((z))); int (*((y))[2]); };`,
  ],
  [
    "enums2",
    `enum a { A = 0x80000000 }; enum b { B = -1, B2 = 0x7fffffff }; enum c { C = -1, C2 = 0x80000000 }; enum d { D = 0xffffffffffffffff }; enum e { E = -0x80000000LL - 1 }; enum f { F = 2147483647, F2 }; enum g { G = 0xffffffff, G2 }; enum h { H = 'a' + 1, H2 = (char)200 }; struct s { enum a a; enum b b; enum c c; enum d d; enum e e; enum f f; enum g g; };
enum trailing { T1, T2, }; enum { ANON = 3 }; struct q { enum { INNER = 5 } x; char y[INNER]; };`,
  ],
  [
    "int128",
    `struct a { char c; __int128 x; unsigned __int128 y; }; typedef __int128_t q; struct b { __uint128_t x; __int128_t y; }; union u { __int128 a; char b; };`,
  ],
  ["floats", `struct a { float f; double d; long double l; char c; long double m[2]; };`],
  [
    "vectors",
    `typedef int v4 __attribute__((vector_size(16))); typedef float f2 __attribute__((vector_size(8))); typedef char c64 __attribute__((__vector_size__(64))); struct a { char c; v4 x; f2 y; c64 z; v4 arr[2]; }; typedef int e4 __attribute__((ext_vector_type(4))); struct b { e4 a; };`,
  ],
  [
    "complex",
    `struct a { char c; _Complex double x; _Complex float y; float _Complex z[2]; double complex_; }; struct b { _Complex x; }; struct c { char q[sizeof(_Complex float)]; int _Complex i; char _Complex cc; };`,
  ],
  ["fp16", `struct a { char c; __fp16 x; };`],
  [
    "mode",
    `typedef int a __attribute__((mode(DI))); typedef unsigned b __attribute__((__mode__(__QI__))); typedef int c __attribute__((mode(TI))); typedef float d __attribute__((mode(DF))); typedef int w __attribute__((mode(word))); typedef int p __attribute__((mode(__pointer__))); struct s { char x; a a; b b; c c; d d; w w; p p; }; enum e { A } __attribute__((mode(HI))); struct t { enum e e; char c; };`,
  ],
  [
    "transparent union",
    `typedef union { int *a; long b; } tu __attribute__((transparent_union)); struct s { tu t; }; void f(tu);`,
  ],
  [
    "pointers",
    `struct s { void *p; char **q; const volatile char *restrict r; int *a[2][3]; int (*b)[2]; int __attribute__((address_space(1))) *as; void *__ptr; int *_Nonnull nn; };`,
  ],
  [
    "typedef alignment",
    `typedef struct { char c; } __attribute__((aligned(8))) a; typedef a b; struct s { char c; b b; b arr[2]; }; typedef int i4 __attribute__((aligned(4), packed)); typedef struct { int x; } c __attribute__((aligned(16))); struct t { char q; c c; };`,
  ],
  [
    "typedef alignment array",
    `typedef int al __attribute__((aligned(16))); struct t { char q; const al c; volatile al v; al *p; };`,
  ],
  [
    "bitfield in union packed",
    `union __attribute__((packed)) u { int a:9; char b; }; struct s { char c; union u u; };`,
  ],
  ["empty decls", `;;; struct s { ;; int a;; ; int b; }; ; typedef int;`],
  [
    "decl specifier order",
    `int unsigned long typedef ul; long int unsigned long static x; struct s { const struct { int a; } b; int const c; long unsigned d; char signed e; short int unsigned f; struct s2 { int a; } const *g; };`,
  ],
  [
    "inline asm label",
    `extern int foo(void) __asm__("bar"); register int r asm("r1"); int v __asm__("v2") __attribute__((aligned(4))) = 3; struct s { int a; };`,
  ],
  [
    "gnu stuff",
    `extern __inline__ __attribute__((__gnu_inline__, __always_inline__)) int f(int x) { return __builtin_expect(x, 0); }
__extension__ typedef struct { long long q; } t; __extension__ struct s { __extension__ union { int a; char b; }; __extension__ unsigned long long c; };
_Noreturn void nr(void); static __attribute__((unused)) int u;
struct lab { int a; } l = { a: 3 }, m = { .a = 3 }; int rng[] = { [0 ... 3] = 1 }; struct after { int b; };
int (*fp)(void) = 0, arr[3] = { 1, 2 }, *ptr = &arr[1]; struct after2 { int c; };`,
  ],
  ["ms anonymous", `struct a { int x; }; struct s { struct a; int y; };`],
  [
    "anonymous nested",
    `struct s { struct { struct { union { struct { int a; char b; }; long c; }; }; int d; }; const struct { int e; }; volatile union { int f; }; };`,
  ],
  [
    "min max",
    `#define MIN(a,b) ((a) < (b) ? (a) : (b))
#define ROUND(x, y) (((x) + (y) - 1) & ~((y) - 1))
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#define BUILD_BUG_ON_ZERO(e) (sizeof(struct { int : -!!(e); }))
#define FIELD_SIZEOF(t, f) (sizeof(((t *)0)->f))
#define __struct_group(TAG, NAME, ATTRS, MEMBERS...) union { struct { MEMBERS } ATTRS; struct TAG { MEMBERS } ATTRS NAME; }
#define DECLARE_FLEX_ARRAY(T, N) struct { struct { } __empty_ ## N; T N[]; }
struct t { int arr[5]; char x; }; extern int ext[7];
struct s { char a[MIN(3, 5)]; char b[ROUND(13, 8)]; char c[ARRAY_SIZE(ext)]; char d[BUILD_BUG_ON_ZERO(0) + 1]; char e[FIELD_SIZEOF(struct t, arr)]; __struct_group(hdr, h, __attribute__((packed)), char q; int r;); DECLARE_FLEX_ARRAY(int, tail); };`,
  ],
  [
    "c23 attrs2",
    `struct [[gnu::packed]] a { char c; int b; };
struct b { [[maybe_unused]] int x; int y [[deprecated("x")]]; [[]] char z, w [[]]; int [[]] q; };
[[nodiscard]] int f([[maybe_unused]] int a);
struct [[deprecated]] c { int a; };
enum [[deprecated]] e { E1 [[deprecated]] = 3, E2 [[]] };
[[deprecated]] typedef int ti; [[maybe_unused]] static int st;`,
  ],
  [
    "more init",
    String.raw`char a[] = "abc" "de"; char b[] = { "xy" }; int c[] = { [3] = 1, 2, [1] = 5 }; int d[] = { [1 ... 4] = 2, 3 }; short e[][2] = { {1,2},{3,4}, [4] = {1} }; unsigned char f[] = { 'a', 2, }; char g[] = "a\0b"; 
struct s { char a[sizeof a]; char b[sizeof b]; char c[sizeof c]; char d[sizeof(d)]; char e[sizeof e]; char f[sizeof f]; char g[sizeof g]; };`,
  ],
  [
    "knr2",
    `int f(a) struct q { int z; } *a; { return 0; } 
 
int h(a, b) register int a; char (*b)[3]; { return 0; }
int main(argc, argv) int argc; char **argv; { return 0; }
struct s { int (*old)(); int a; }; int proto();`,
  ],
  [
    "autos",
    `__auto_type x = 5; __auto_type y = sizeof(int); static const __auto_type z = (char)3; struct s { char a[sizeof(y)]; typeof(z) b; };`,
  ],
  [
    "stringify",
    String.raw`#define S(x) #x
#define X(x) S(x)
#define V 1 +   2
const char *a = X(V); struct s { char a[sizeof(X(V))]; char b[sizeof S("a\n" 'b')]; char c[sizeof S( x  /* c */ y )]; char d[sizeof S()]; };`,
  ],
  [
    "multi line args",
    `#define M(a, b, c) a b c
struct s { M(int
 x,, 
# define INNER 3
 ; char y[INNER]); };`,
  ],
  [
    "multi line args ok2",
    `#define M(a, b, c) a b c
struct s { M(int
 x,,
 ; char y[3]); M(char, /* , */ z ,[sizeof(struct { int a, b; })]); };`,
  ],
  [
    "line",
    `#line 100 "foo.c"
struct s { char a[__LINE__]; char b[sizeof(__FILE__)]; };
# 200 "bar.h" 1 3
struct t { char a[__LINE__]; };`,
  ],
  [
    "splice ok",
    String.raw`str\
uct s { in\
t a; /\
* comment *\
/ char b[1\
2]; }; // c \
struct hidden { int x; };
#def\
ine N 5
struct t { char a[N]; };`,
  ],
  [
    "counter",
    `#define U_(a,b) a##b
#define U(a,b) U_(a,b)
struct s { int U(x, __COUNTER__); int U(x, __COUNTER__); char c[__COUNTER__]; };`,
  ],
  [
    "vararg",
    `#define F(...) (sizeof((int[]){__VA_ARGS__}) / sizeof(int))
#define LOG(fmt, ...) g(fmt, ##__VA_ARGS__)
#define V(x...) x
struct s { char a[F(1,2,3)]; char b[V(4)]; };`,
  ],
  [
    "define redefinition",
    `#define A 1
#define A 1
#define B(x) x
#define B( x ) x
#undef NOTHING
struct s { char a[A]; };
#undef A
#define A 2
struct t { char a[A]; };`,
  ],
  [
    "kernel style",
    `#define __aligned_u64 unsigned long long __attribute__((aligned(8)))
#define __packed __attribute__((__packed__))
#define __user
#define __rcu __attribute__((btf_type_tag("rcu")))
#define BIT(n) (1UL << (n))
#define GENMASK(h, l) (((~0UL) - (1UL << (l)) + 1) & (~0UL >> (63 - (h))))
#define __bitwise
typedef unsigned int __bitwise fl;
struct s { __aligned_u64 ptr; char c; fl f; } __packed;
struct t { char __user *p; struct s __rcu *q; __aligned_u64 x; };
enum { E = BIT(3), F = GENMASK(7,4), G = (int)BIT(31) };
#define MASK GENMASK(15, 8)
#define TOP BIT(63)`,
  ],
  [
    "btf tags",
    `#define __tag(x) __attribute__((btf_decl_tag(x)))
struct s { int a __tag("one") __tag("two"); int __attribute__((btf_type_tag("user"))) *p; } __tag("whole");`,
  ],
  [
    "packed enum attr",
    `typedef enum __attribute__((packed)) { A, B } pe; struct s { pe a; char b; pe c[3]; }; typedef enum { Q = 256 } __attribute__((packed)) pe2; struct t { char a; pe2 b; };`,
  ],
  [
    "body skipping ok",
    `static inline int f(void) { char c = '}'; const char *s = "{"; /* } */ if (1) { } while (0) { struct { int a; } x; } return ({ int q = 3; q; }); } struct s { int a; };
int g(void) { switch (1) { case 1 ... 5: break; default: ; } for (int i = 0; i < 3; i++) ; asm("" : : : "memory"); return sizeof(struct s); }
int arr[] = { [0] = 1, }, *p = (int[]){1, 2}; struct t { int b; }; struct t tt = { .b = 3 };`,
  ],
  [
    "vlas in function params",
    `void f(int n, int a[n][n], int b[static 3], int c[const *], int d[restrict]); struct s { int a; };`,
  ],
  [
    "comma attrs",
    `struct __attribute__((packed, aligned(4))) a { char c; short d; int e; } ; struct b { char c; } __attribute__((aligned(4), aligned(8))) ; struct c { char c; } __attribute__((,,packed,)) ; struct d { int x __attribute__((unused, aligned(__alignof__(long)))); char y __attribute__((aligned(sizeof(long)*2))); };`,
  ],
  ["ms_struct etc", `struct s { char a; int b; } __attribute__((gcc_struct));`],
  ["no field", `struct s { int; int a; struct { int q; } named; struct nn { int z; }; enum { W = 5 }; };`],
  [
    "wide strings",
    `#define W L"ab" L"c"
struct s { char a[sizeof(W)]; char b[sizeof("a" L"b")]; char c[sizeof u8"ab"]; char d[sizeof(U"x")]; };`,
  ],
  [
    "long tokens",
    `enum { aVeryLongNameThatGoesOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOn = 1 };
struct s { char a[(((((((((((((((((((((((3)))))))))))))))))))))))]; };`,
  ],
  [
    "c23 attrs3",
    `struct b { [[maybe_unused]] int x; int y [[deprecated("x")]]; [[]] char z; }; [[nodiscard]] int f(void); enum e { E1 [[deprecated]] = 3 };`,
  ],
  [
    "conditions",
    String.raw`#if 18446744073709551615u == -1 && (0 ? -1 : 0u) == 0 && (2 > 1) == 1 && L'\xff' > 0 && '\377' < 0
struct m { int a; };
#endif
#if (2 || 1/0) && !(0 && 1/0)
struct g { int a; };
#endif
#if __has_attribute(packed) && __has_builtin(__builtin_offsetof) && __has_include(<linux/types.h>) && !__has_include("nope.h") && __has_include(<stddef.h>)
struct h { int a; };
#endif
#define HI <linux/types.h>
#if __has_include(HI)
struct i { int a; };
#endif
#if 0
it's "fine
#if 1
# garbage 'unbalanced
#elif
#else
#endif
#else
struct d { int x; };
#endif
#if __GNUC__ && __clang__ && !__x86_64__ && !defined(__linux__) && !defined(__unix__)
struct k { char x[__LONG_MAX__ == 0x7fffffffffffffff ? 5 : 6]; char le[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 2 : 3]; char p[__SIZEOF_POINTER__]; };
#endif`,
  ],
  [
    "everyday includes",
    `#define __x86_64__ 1
#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <linux/in6.h>
#include <linux/if_ether.h>
struct s { bool b; size_t n; uint8_t m[ETH_ALEN]; struct in6_addr a; __be32 x; char c[offsetof(struct ethhdr, h_proto)]; };`,
  ],
  [
    "line marker",
    `# 1 "foo.h"
# 200 "bar.h" 1 3
struct t { char a[__LINE__]; char b[sizeof(__FILE__)]; };
#line 100 "foo.c"
struct s { char a[__LINE__]; char b[sizeof(__FILE__)]; };`,
  ],
  [
    "doc comments",
    `/** A. */ struct a { /** x */ int x; int y; /**< y */ int z; // z
 /* not z
  * w */ int w; };
/*! B */
struct b { int q; /* trailing */ };`,
  ],
  [
    "typedef names as members",
    `typedef int foo; struct s { foo foo; foo bar; unsigned foo2; int (foo3); struct foo { foo a; } foo4; enum { foo5 } foo6; };`,
  ],
  ["typedef shadow", `typedef int T; struct s { long T; T x; }; void f(int T); struct T { T T; }; union u { T (T); };`],
  [
    "names that are keywords elsewhere",
    `struct class { int new, delete, this, namespace, template, operator, private, virtual, bool_, auto_; int constexpr, nullptr, thread_local, alignas; int interface; int _; int $x; };`,
  ],
  [
    "zero things",
    `struct e {}; struct s { struct e a; int : 0; struct {} b; int c[0]; struct e d[5]; char x[0][3]; union {} u; };`,
  ],
  [
    "nested arrays of anonymous",
    `struct s { struct { int a; } x[2][3]; union { char c; struct { short q; } *p; } y[1]; };`,
  ],
  ["big", `struct s { char a[1 << 30]; char b[0x7fffffff]; }; union u { char c[4294967296]; };`],
  [
    "align huge",
    `struct s { char c; int a __attribute__((aligned(4096))); } ; struct t { struct s s; char x; } __attribute__((aligned(1 << 20)));`,
  ],
  [
    "negative enum bitfield",
    `enum e { N = -1, P = 3 }; struct s { enum e a : 3; enum e b : 8; int c : 1; unsigned long d : 33; _Bool e : 1; char f : 2; signed char g : 2; unsigned char h : 8; };`,
  ],
  ["bitfield after flex zero", `struct s { int a; int b[0]; int c : 4; long : 0; char d; };`],
  [
    "packed bitfield mix",
    `struct __attribute__((packed)) s { int a : 5; long b : 60; char c; short d : 9; int : 0; int e : 31; struct { int q : 3; } f; };
struct t { char a; int b : 8 __attribute__((packed)); int c : 20 __attribute__((packed)); long long d : 62; };`,
  ],
  [
    "aligned typedef bitfield",
    `typedef unsigned long long __attribute__((aligned(8))) u64a; struct s { unsigned a; u64a b : 10; u64a c : 54; u64a d; };`,
  ],
  [
    "pragma pack bits",
    `#pragma pack(4)
struct s { char a; long long b : 60; int c : 10; long long : 0; char d; };
#pragma pack(1)
struct t { char a; long long b : 60; int c : 10; short : 0; char d; } __attribute__((aligned(2)));
#pragma pack()`,
  ],
  [
    "compound",
    `struct s { char a[sizeof((struct { int x; char y[3]; }){0})]; char b[sizeof(int[sizeof(long)][2])]; char c[_Alignof(struct { char c; long l; })]; char d[sizeof(union { int i; double d; })]; };`,
  ],
  [
    "ternary types",
    `struct s { char a[sizeof(1 ? (char)1 : (short)2)]; char b[sizeof(1 ? 1 : 2L)]; char c[sizeof(0 ? (void *)0 : (int *)0)]; char d[sizeof(*(0 ? (void *)0 : (int *)0))]; char e[sizeof(1.0f + 1)]; char f[sizeof('a' + 'b')]; char g[sizeof((char)1 << 2L)]; char h[sizeof(!1.0)]; char i[sizeof(1u - 2)]; char j[sizeof((short)1 * 1ull)]; char k[sizeof(&((int *)0)[1])]; };`,
  ],
  [
    "is_signed tricks",
    `#define is_signed_type(type) (((type)(-1)) < (type)1)
#define type_max(t) ((t)~(t)0 > 0 ? (t)~(t)0 : 127)
#define __same_type(a, b) __builtin_types_compatible_p(typeof(a), typeof(b))
#define __must_be_array(a) (sizeof(char[1 - 2 * !!__same_type((a), &(a)[0])]) - 1)
extern int arr[3]; 
struct s { char a[is_signed_type(int) + 1]; char b[is_signed_type(unsigned char) + 1]; char c[type_max(unsigned char)]; char d[sizeof(arr) / sizeof(arr[0]) + __must_be_array(arr)]; char e[__builtin_types_compatible_p(int[], int[5]) + 1]; char f[__builtin_types_compatible_p(const int, int) + 1]; char g[__builtin_types_compatible_p(int *, const int *) + 1]; char h[__builtin_types_compatible_p(enum {A}, unsigned) + 1]; };`,
  ],
  [
    "container_of",
    `struct list { struct list *n; }; struct o { int a; struct list l; };
#define container_of(ptr, type, member) ({ void *__mptr = (void *)(ptr); ((type *)(__mptr - __builtin_offsetof(type, member))); })
static inline struct o *f(struct list *p) { return container_of(p, struct o, l); }
struct s { char a[__builtin_offsetof(struct o, l.n)]; };`,
  ],
  [
    "static assert with sizes",
    `struct s { int a; } ; _Static_assert(sizeof(struct s) == 4 && _Alignof(struct s) == 4 && __builtin_offsetof(struct s, a) == 0, "no" " way"); _Static_assert(1);`,
  ],
  [
    "int constants in macros",
    String.raw`#define A 0x1.8p1
#define B 'ab'
#define C 10 / 3
#define D (1 ? 2 : x)
#define E sizeof(int)
#define F ((void *)0)
#define G -1UL
#define H (-2147483647 - 1)
#define I 077777777777777777777
#define J 1e3
#define K (int)1e3
#define L 1 == 1
#define M "a" L"b"
#define N ~0
#define O (1, 2)
#define P ((char)'\xff')
#define Q __LINE__
#define R u'x'
struct s { int x; };`,
  ],
  [
    "wchar unsigned",
    String.raw`struct s { char a[sizeof(L'x')]; char b[sizeof(u'x')]; char c[sizeof(U'x')]; char d['\x7f']; };`,
  ],
  [
    "stringize include",
    `#define STR(x) #x
#define INC(x) STR(linux/x.h)
#include INC(types)
struct s { __u32 a; };`,
  ],
  [
    "weird spacing",
    String.raw`#	define	  A	 3	
  #  define B(x)/**/x
# /* c */ define C 4
struct	s{int
a [ A ] ;char/**/b[B(2)];char c[C]\
;}
;`,
  ],
  [
    "qualifier soup",
    `const struct { volatile const int a; int *const *volatile restrict p; const volatile char *const q[3]; } static const volatile x; typedef const int volatile cvi; struct s { cvi a; const cvi *b; volatile struct { int z; } w; };`,
  ],
  [
    "func typedef",
    `typedef int fn_t(int, ...); typedef fn_t *fp_t; struct s { fp_t a; fn_t *b[2]; int (*c)(fn_t, fp_t); fn_t **d; };`,
  ],
  [
    "enum forward packed",
    `enum e; struct s { enum e *p; }; enum e { A = 1 } __attribute__((packed)); struct t { enum e x; char c; };`,
  ],
  [
    "attr on enum typed member",
    `struct s { enum e { A, B } __attribute__((packed)) x; enum e y; char c; enum e z : 4; };`,
  ],
  [
    "union cast trailing",
    `struct s { union { struct { short a, b; } __attribute__((packed)); int c; } __attribute__((aligned(2))); char d; };`,
  ],
  [
    "gnu alignof",
    `struct s { char a[__alignof__(long long)]; char b[__alignof(struct { char c; short s; })]; char c[_Alignof(int[3])]; char d[__alignof__(((struct { char x; double d; } *)0)->d)]; };`,
  ],
  [
    "aligned zero-arg forms",
    `struct s { char a; short b __attribute__((aligned)); } ; struct t { char c; } __attribute__((__aligned__(__BIGGEST_ALIGNMENT__))); struct u { char c; } __attribute__((aligned(sizeof(struct s))));`,
  ],
  [
    "preserve_static_offset etc",
    `struct s { int a; } __attribute__((randomize_layout)); struct t { int a; } __attribute__((no_randomize_layout, may_alias, deprecated("x"), visibility("default")));`,
  ],
  [
    "generic qualifiers",
    `enum e { A }; enum n { N = -1 }; enum __attribute__((packed)) p { P }; extern const int ci; extern int *ip; extern const int *cip; extern int *const ipc; extern const char str[3];
struct s { char a[_Generic(ci, const int: 5, default: 6)]; char b[_Generic(cip, int *: 1, const int *: 2)]; char c[_Generic(ipc, int *: 3, default: 4)]; char d[_Generic((enum e)0, unsigned: 5, default: 6)]; char f[_Generic((enum n)0, int: 7, default: 8)]; char g[_Generic(str, char *: 1, const char *: 2)]; char h[_Generic(&str, const char (*)[3]: 1, default: 2)]; char i[_Generic((enum p)0, unsigned char: 1, default: 2)]; char j[_Generic(A, int: 3, enum e: 4)]; char k[__builtin_types_compatible_p(enum e, unsigned) + 1]; char l[__builtin_types_compatible_p(int (*)[], int (*)[3]) + 1]; char m[__builtin_types_compatible_p(char **, const char **) + 1]; };`,
  ],
];

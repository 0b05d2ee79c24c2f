#include <linux/types.h>
#include <rbgen.h>

struct argenv { __u8 argc, envc; __u8 alens[0] RB_LENGTH(argc); __u8 elens[0] RB_AFTER(alens) RB_LENGTH(envc);
 char argv[0] RB_AFTER(elens) RB_LENGTHS(alens); char envp[0] RB_AFTER(argv) RB_LENGTHS(elens); __u32 tail[] RB_AFTER_ALIGNED(envp, 4); };

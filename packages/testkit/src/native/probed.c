/* A program to set probes in: it calls a function, and passes a probe that it was compiled with, each line that it is given. */
#include <stdio.h>

#define PROBE(provider, name, argument)                                                       \
	__asm__ volatile("990: nop\n"                                                         \
			 ".pushsection .note.stapsdt,\"\",\"note\"\n"                         \
			 ".balign 4\n"                                                        \
			 ".4byte 992f-991f, 994f-993f, 3\n"                                   \
			 "991: .asciz \"stapsdt\"\n"                                          \
			 "992: .balign 4\n"                                                   \
			 "993: .8byte 990b, _.stapsdt.base, 0\n"                              \
			 ".asciz \"" #provider "\", \"" #name "\", \"-4@%0\"\n"               \
			 "994: .balign 4\n"                                                   \
			 ".popsection\n"                                                      \
			 ".ifndef _.stapsdt.base\n"                                           \
			 ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n" \
			 ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n"                     \
			 "_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n"                \
			 ".popsection\n.endif\n" ::"nor"(argument))

__attribute__((noinline)) int handle_request(int number)
{
	PROBE(shop, request_start, number);
	return number * 2;
}

int main(void)
{
	int number;

	while (scanf("%d", &number) == 1) {
		printf("%d\n", handle_request(number));
		fflush(stdout);
	}
	return 0;
}

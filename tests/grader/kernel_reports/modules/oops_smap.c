/* expect: oops | bad memory access (page fault) in deed | deed
 */
#include "trigger.h"

/* Past KASAN, as an inline assembler copy would be: the processor itself objects. */
static noinline ssize_t deed(const char __user *text, size_t length)
{
	unsigned char first;

	asm volatile("movb (%1), %0" : "=r"(first) : "r"(text));
	return first == 'y';
}

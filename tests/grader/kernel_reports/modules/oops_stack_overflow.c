/* expect: oops | kernel stack overflow in deeper | deeper
 */
#include "trigger.h"

static noinline int deeper(volatile char *above, int depth)
{
	volatile char here[512];

	here[depth % 512] = above[0];
	return deeper(here, depth + 1) + here[1];
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	volatile char here[1] = "x";

	return deeper(here, 0);
}

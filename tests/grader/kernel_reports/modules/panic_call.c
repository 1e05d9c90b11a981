/* steps: load; write; words end Kernel panic
 * expect: panic | kernel panic: the ring is full | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	panic("the ring is full");
}

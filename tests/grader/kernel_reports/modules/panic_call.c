/* steps: load; write; words end Kernel panic
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	panic("the ring is full");
}

/* expect: oops | kernel BUG: usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-16' (offset 0, size 64)! | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *buffer = kmalloc(16, GFP_KERNEL);
	volatile size_t much = 64;

	OPTIMIZER_HIDE_VAR(buffer); /* as when the size is not known where it is copied */
	if (copy_to_user((char __user *)text, buffer, much))
		length = 0;
	kfree(buffer);
	return 0;
}

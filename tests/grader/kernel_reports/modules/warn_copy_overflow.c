/* expect: warn | WARNING: Buffer overflow detected (16 < 64)! | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *buffer = kmalloc(16, GFP_KERNEL);
	volatile size_t much = 64;

	if (copy_to_user((char __user *)text, buffer, much))
		length = 0;
	kfree(buffer);
	return 0;
}

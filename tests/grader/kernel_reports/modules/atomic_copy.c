/* expect: atomic-sleep | sleeping function called from invalid context at include/linux/uaccess.h:* | deed
 * expect: lockdep | Invalid wait context | deed
 */
#include "trigger.h"
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);
static char ring[16];

static noinline ssize_t deed(const char __user *text, size_t length)
{
	spin_lock(&lock);
	if (copy_from_user(ring, text, 1))
		length = 0;
	spin_unlock(&lock);
	return 0;
}

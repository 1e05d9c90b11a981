/* expect: lockdep | possible recursive locking detected | deed
 */
#include "trigger.h"
#include <linux/mutex.h>

static struct mutex locks[2];

/* The same place initialises both, so to lockdep they are one: a deadlock with itself, which a
 * recording survives. */
static noinline ssize_t deed(const char __user *text, size_t length)
{
	int i;

	for (i = 0; i < 2; i++)
		mutex_init(&locks[i]);
	mutex_lock(&locks[0]);
	mutex_lock(&locks[1]);
	mutex_unlock(&locks[1]);
	mutex_unlock(&locks[0]);
	return 0;
}

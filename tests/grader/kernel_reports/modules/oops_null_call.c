/* expect: oops | NULL pointer dereference in a call from deed | deed
 */
#include "trigger.h"

static ssize_t (*volatile handler)(void);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return handler() + 1;
}

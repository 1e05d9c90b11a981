/* expect: kasan | KASAN: user-memory-access in deed | deed
 * expect: oops | bad memory access (page fault) in deed | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return *(const volatile char __force *)text == 'y'; /* no copy_from_user */
}

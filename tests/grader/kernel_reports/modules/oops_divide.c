/* expect: oops | divide error in deed | deed
 */
#include "trigger.h"

static volatile int size;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return (int)length % size;
}

/* steps: load; write; close; unload
 * expect: warn | WARNING: ODEBUG: free active (active state 0) object: ADDR object type: timer_list hint: ADDR | (address)
 * expect: lockdep | bad unlock balance detected | -
 * expect: kasan | KASAN: vmalloc-out-of-bounds in string_nocheck | (address)
 * expect: oops | bad memory access (page fault) in string_nocheck | (address)
 */
#include "trigger.h"
#include <linux/timer.h>

static void on_timer(struct timer_list *unused)
{
}
static DEFINE_TIMER(timer, on_timer);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	mod_timer(&timer, jiffies + 100 * HZ); /* and nobody stops it before the unload */
	return 0;
}

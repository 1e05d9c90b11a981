/* a u64 pair as shift register; one byte per write/read call; semaphore; EFAULT->0 for bad reads */
#include <linux/module.h>
#include <linux/semaphore.h>
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/uaccess.h>
static u64 hi, lo; static unsigned n; static DEFINE_SEMAPHORE(sem, 1);
static ssize_t rd(struct file *f, char __user *u, size_t l, loff_t *o)
{
	u8 c; ssize_t r = 0;
	if (down_interruptible(&sem)) return -EINTR;
	if (n && l) {
		unsigned sh = (n - 1) * 8;
		c = sh >= 64 ? hi >> (sh - 64) : lo >> sh;
		if (!put_user(c, (u8 __user *)u)) { n--; r = 1; }
	}
	up(&sem);
	return r;
}
static ssize_t wr(struct file *f, const char __user *u, size_t l, loff_t *o)
{
	u8 c;
	if (!l) return 0;
	if (get_user(c, u)) return -EFAULT;
	down(&sem);
	hi = hi << 8 | lo >> 56; lo = lo << 8 | c;
	if (n < 16) n++;
	up(&sem);
	return 1;
}
static const struct file_operations fo = { .owner = THIS_MODULE, .read = rd, .write = wr };
static struct miscdevice md = { .minor = MISC_DYNAMIC_MINOR, .name = "asee_mod", .fops = &fo, .nodename = "asee_mod" };
static int __init a(void) { int r = misc_register(&md); if (r) pr_err("misc_register: %d\n", r); return r; }
static void __exit z(void) { misc_deregister(&md); }
module_init(a); module_exit(z); MODULE_LICENSE("GPL");

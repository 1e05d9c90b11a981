#include <linux/module.h>
#include <linux/miscdevice.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/fs.h>

/* Not really circular: the oldest character is always at 0. 16 bytes are moved quickly. */
static char contents[16];
static size_t used;

static ssize_t simple_read(struct file *file, char __user *user, size_t size, loff_t *ppos)
{
	if (size)
		size = used;
	if (copy_to_user(user, contents, size))
		return -EFAULT;
	memmove(contents, contents + size, used - size);
	used -= size;
	return size;
}

static ssize_t simple_write(struct file *file, const char __user *user, size_t size, loff_t *ppos)
{
	size_t n = size, drop;
	char fresh[sizeof(contents)];

	/* only the last 16 can stay anyway */
	if (n > sizeof(contents)) {
		user += n - sizeof(contents);
		n = sizeof(contents);
	}
	if (copy_from_user(fresh, user, n))
		return -EFAULT;
	drop = used + n > sizeof(contents) ? used + n - sizeof(contents) : 0;
	memmove(contents, contents + drop, used - drop);
	used -= drop;
	memcpy(contents + used, fresh, n);
	used += n;
	return size;
}

static const struct file_operations simple_fops = {
	.owner	= THIS_MODULE,
	.read	= simple_read,
	.write	= simple_write,
};

static struct miscdevice simple = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "asee_mod",
	.fops	= &simple_fops,
};

static int __init simple_init(void)
{
	return misc_register(&simple);
}
module_init(simple_init);

static void __exit simple_exit(void)
{
	misc_deregister(&simple);
}
module_exit(simple_exit);

MODULE_LICENSE("GPL");

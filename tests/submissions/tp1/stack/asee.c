#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

static char b[16];
static int h, c;

/* One character for each call; cat comes back for more. */
static ssize_t my_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	if (n == 0 || c == 0)
		return 0;
	if (put_user(b[(h + c - 1) & 15], u))
		return -EFAULT;
	c--;
	return 1;
}

static ssize_t my_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	size_t i;
	char x;

	for (i = 0; i != n; ++i) {
		if (get_user(x, u++))
			return -EFAULT;
		b[(h + c) & 15] = x;
		if (c == 16)
			h = (h + 1) & 15;
		else
			++c;
	}
	return n;
}

static const struct file_operations my_fops = {
	.owner = THIS_MODULE,
	.write = my_write,
	.read = my_read,
};

static struct miscdevice my_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &my_fops,
};

static int __init my_init(void)
{
	return misc_register(&my_dev);
}

static void __exit my_exit(void)
{
	misc_deregister(&my_dev);
}

module_init(my_init);
module_exit(my_exit);
MODULE_LICENSE("GPL");

#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static int size = 16;
module_param(size, int, 0444);
MODULE_PARM_DESC(size, "size of the buffer in characters (default 16)");

static bool verbose;
module_param(verbose, bool, 0644);

static char *ring;
static int begin, length;
static int major;
static struct class *class;

static ssize_t param_read(struct file *f, char __user *to, size_t n, loff_t *pos)
{
	size_t done = 0;

	while (done < n && length) {
		if (put_user(ring[begin], to + done))
			return -EFAULT;
		if (++begin == size)
			begin = 0;
		length--;
		done++;
	}
	if (verbose)
		pr_info("read %zu, left %d\n", done, length);
	return done;
}

static ssize_t param_write(struct file *f, const char __user *from, size_t n, loff_t *pos)
{
	const char __user *end = from + n;
	int at = begin + length;
	char c;

	if (at >= size)
		at -= size;
	for (; from < end; from++) {
		if (get_user(c, from))
			return -EFAULT;
		if (from + 1 == end && c == '\n')
			break;
		ring[at] = c;
		if (++at == size)
			at = 0;
		if (length == size)
			begin = at;
		else
			length++;
	}
	return n;
}

static const struct file_operations param_fops = {
	.owner = THIS_MODULE,
	.read = param_read,
	.write = param_write,
};

static int __init param_init(void)
{
	if (size < 1 || size > 4096)
		return -EINVAL;
	ring = kcalloc(size, 1, GFP_KERNEL);
	if (ring == NULL)
		return -ENOMEM;
	major = register_chrdev(0, "asee_mod", &param_fops);
	if (major < 0) {
		kfree(ring);
		return major;
	}
	class = class_create("asee_mod");
	device_create(class, NULL, MKDEV(major, 0), NULL, "%s", "asee_mod");
	return 0;
}

static void __exit param_exit(void)
{
	device_destroy(class, MKDEV(major, 0));
	class_destroy(class);
	unregister_chrdev(major, "asee_mod");
	kfree(ring);
}

module_init(param_init);
module_exit(param_exit);
MODULE_LICENSE("GPL");

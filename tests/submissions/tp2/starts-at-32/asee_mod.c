// TP2. The storage is first turned in place so that the oldest char is at [0], then krealloc does the rest.
#include <linux/module.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/uaccess.h>

#define NAME	"asee_mod"
#define MAXIMUM	32768

static int major;
static struct class *class;
static struct kobject *dir;

static char *storage;
static unsigned int cap = 32, first, used;

/* reverse storage[from] .. storage[to - 1] */
static void flip(unsigned int from, unsigned int to)
{
	char c;

	while (from + 1 < to) {
		to--;
		c = storage[from];
		storage[from] = storage[to];
		storage[to] = c;
		from++;
	}
}

static void straighten(void)
{
	flip(0, first);
	flip(first, cap);
	flip(0, cap);
	first = 0;
}

static ssize_t dev_read(struct file *f, char __user *buf, size_t len, loff_t *off)
{
	unsigned int n = len < used ? len : used;
	unsigned int right = cap - first;

	if (n <= right) {
		if (copy_to_user(buf, storage + first, n))
			return -EFAULT;
	} else {
		if (copy_to_user(buf, storage + first, right))
			return -EFAULT;
		if (copy_to_user(buf + right, storage, n - right))
			return -EFAULT;
	}
	first = (first + n) % cap;
	used -= n;
	return n;
}

static ssize_t dev_write(struct file *f, const char __user *buf, size_t len, loff_t *off)
{
	size_t i;

	for (i = 0; i < len; i++) {
		char c;

		if (get_user(c, buf + i))
			return i ? i : -EFAULT;
		if (c == '\n' && i == len - 1)
			break;
		storage[(first + used) % cap] = c;
		if (used < cap)
			used++;
		else
			first = (first + 1) % cap;
	}
	return len;
}

static const struct file_operations fops = {
	.owner	= THIS_MODULE,
	.read	= dev_read,
	.write	= dev_write,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *out)
{
	return sprintf(out, "%u\n", cap);
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a,
				   const char *in, size_t len)
{
	unsigned int request;
	char *p;

	if (kstrtouint(in, 10, &request) || request == 0 || request > MAXIMUM)
		return -EINVAL;
	if (request < used) {
		pr_err("%s: cannot shrink to %u, %u chars inside\n", NAME, request, used);
		return -EINVAL;
	}

	straighten();
	p = krealloc(storage, request, GFP_KERNEL);
	if (!p)
		return -ENOMEM;		/* the old one is still there */
	storage = p;
	cap = request;
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *out)
{
	return sprintf(out, "%u\n", used);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);

static int __init asee_start(void)
{
	storage = kmalloc(cap, GFP_KERNEL);
	if (!storage)
		return -ENOMEM;
	major = register_chrdev(0, NAME, &fops);
	if (major < 0) {
		kfree(storage);
		return major;
	}
	class = class_create(NAME);
	if (!IS_ERR(class))
		device_create(class, NULL, MKDEV(major, 0), NULL, NAME);

	dir = kobject_create_and_add(NAME, kernel_kobj);
	if (!dir || sysfs_create_file(dir, &size_attr.attr) ||
	    sysfs_create_file(dir, &count_attr.attr))
		pr_err("%s: no sysfs files\n", NAME);
	return 0;
}

static void __exit asee_stop(void)
{
	kobject_put(dir);
	if (!IS_ERR(class)) {
		device_destroy(class, MKDEV(major, 0));
		class_destroy(class);
	}
	unregister_chrdev(major, NAME);
	kfree(storage);
}

module_init(asee_start);
module_exit(asee_stop);
MODULE_LICENSE("GPL");

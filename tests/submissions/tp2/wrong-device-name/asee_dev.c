// TP2. The ring is first turned in place so that the oldest char is at [0], then krealloc does the rest.
#include <linux/module.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/uaccess.h>

#define NAME	"asee_mod"
#define MAXIMUM	32768

static int major;
static struct class *class;
static struct kobject *kobj;

static char *ring;
static unsigned int size = 16, first, filled;

/* reverse ring[from] .. ring[to - 1] */
static void reverse(unsigned int from, unsigned int to)
{
	char c;

	while (from + 1 < to) {
		to--;
		c = ring[from];
		ring[from] = ring[to];
		ring[to] = c;
		from++;
	}
}

static void rotate_to_front(void)
{
	reverse(0, first);
	reverse(first, size);
	reverse(0, size);
	first = 0;
}

static ssize_t dev_read(struct file *f, char __user *buf, size_t len, loff_t *off)
{
	unsigned int n = len < filled ? len : filled;
	unsigned int right = size - first;

	if (n <= right) {
		if (copy_to_user(buf, ring + first, n))
			return -EFAULT;
	} else {
		if (copy_to_user(buf, ring + first, right))
			return -EFAULT;
		if (copy_to_user(buf + right, ring, n - right))
			return -EFAULT;
	}
	first = (first + n) % size;
	filled -= n;
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
		ring[(first + filled) % size] = c;
		if (filled < size)
			filled++;
		else
			first = (first + 1) % size;
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
	return sprintf(out, "%u\n", size);
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a,
				   const char *in, size_t len)
{
	unsigned int wanted;
	char *p;

	if (kstrtouint(in, 10, &wanted) || wanted == 0 || wanted > MAXIMUM)
		return -EINVAL;
	if (wanted < filled) {
		pr_err("%s: cannot shrink to %u, %u chars inside\n", NAME, wanted, filled);
		return -EINVAL;
	}

	rotate_to_front();
	p = krealloc(ring, wanted, GFP_KERNEL);
	if (!p)
		return -ENOMEM;		/* the old one is still there */
	ring = p;
	size = wanted;
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *out)
{
	return sprintf(out, "%u\n", filled);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);

static int __init asee_start(void)
{
	ring = kmalloc(size, GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	major = register_chrdev(0, NAME, &fops);
	if (major < 0) {
		kfree(ring);
		return major;
	}
	class = class_create(NAME);
	if (!IS_ERR(class))
		device_create(class, NULL, MKDEV(major, 0), NULL, "asee");

	kobj = kobject_create_and_add(NAME, kernel_kobj);
	if (!kobj || sysfs_create_file(kobj, &size_attr.attr) ||
	    sysfs_create_file(kobj, &count_attr.attr))
		pr_err("%s: no sysfs files\n", NAME);
	return 0;
}

static void __exit asee_stop(void)
{
	kobject_put(kobj);
	if (!IS_ERR(class)) {
		device_destroy(class, MKDEV(major, 0));
		class_destroy(class);
	}
	unregister_chrdev(major, NAME);
	kfree(ring);
}

module_init(asee_start);
module_exit(asee_stop);
MODULE_LICENSE("GPL");

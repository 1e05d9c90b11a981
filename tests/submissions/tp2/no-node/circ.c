#include <linux/module.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

/* mknod /dev/asee_mod c <major> 0 : voir dmesg */

static int major;
static struct kobject *kobj;
static char *circ;
static int taille = 16, n, ou;

static ssize_t circ_read(struct file *f, char __user *b, size_t l, loff_t *o)
{
	size_t i;

	for (i = 0; i < l && n; i++, n--) {
		if (put_user(circ[ou], b + i))
			return -EFAULT;
		ou = ou + 1 == taille ? 0 : ou + 1;
	}
	return i;
}

static ssize_t circ_write(struct file *f, const char __user *b, size_t l, loff_t *o)
{
	size_t i;

	for (i = 0; i < l; i++) {
		int p = ou + n;

		if (get_user(circ[p < taille ? p : p - taille], b + i))
			return -EFAULT;
		if (n < taille)
			n++;
		else
			ou = ou + 1 == taille ? 0 : ou + 1;
	}
	return l;
}

static struct file_operations circ_fops = {
	.owner = THIS_MODULE,
	.read = circ_read,
	.write = circ_write,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", taille);
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t l)
{
	int t, i;
	char *c;

	if (kstrtoint(b, 10, &t) < 0)
		return -EINVAL;
	if (t <= 0 || t > 4096 || t < n) {
		pr_err("asee_mod: taille %d impossible\n", t);
		return -EINVAL;
	}
	c = kmalloc(t, GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		c[i] = circ[(ou + i) % taille];
	kfree(circ);
	circ = c;
	taille = t;
	ou = 0;
	return l;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", n);
}

static struct kobj_attribute a_size = __ATTR_RW(asee_buf_size);
static struct kobj_attribute a_count = __ATTR_RO(asee_buf_count);

static int __init circ_init(void)
{
	circ = kmalloc(taille, GFP_KERNEL);
	if (!circ)
		return -ENOMEM;
	major = register_chrdev(0, "asee_mod", &circ_fops);
	if (major < 0) {
		kfree(circ);
		return major;
	}
	pr_info("asee_mod: major %d\n", major);
	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (kobj && (sysfs_create_file(kobj, &a_size.attr) || sysfs_create_file(kobj, &a_count.attr)))
		pr_err("asee_mod: sysfs\n");
	return 0;
}

static void __exit circ_exit(void)
{
	kobject_put(kobj);
	unregister_chrdev(major, "asee_mod");
	kfree(circ);
}

module_init(circ_init);
module_exit(circ_exit);
MODULE_LICENSE("GPL");

/*
 * Second TP: a ring whose size can be set.
 * A negative size is a bug of whoever wrote it, so it must not go unnoticed.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define DEVNAME "asee_mod"
#define LARGEST 5000

static int maj;
static struct class *klass;
static struct kobject *kobj;

static char *q;
static int asee_buf_size = 16, asee_buf_count, front;

static int back(void)
{
	return (front + asee_buf_count) % asee_buf_size;
}

static ssize_t q_read(struct file *file, char __user *dst, size_t len, loff_t *pos)
{
	ssize_t n;

	for (n = 0; n < len && asee_buf_count > 0; n++) {
		if (put_user(q[front], dst + n))
			return n ? n : -EFAULT;
		if (++front == asee_buf_size)
			front = 0;
		asee_buf_count--;
	}
	return n;
}

static ssize_t q_write(struct file *file, const char __user *src, size_t len, loff_t *pos)
{
	ssize_t n;

	for (n = 0; n < len; n++) {
		char c;

		if (get_user(c, src + n))
			return n ? n : -EFAULT;
		q[back()] = c;
		if (asee_buf_count < asee_buf_size)
			asee_buf_count++;
		else if (++front == asee_buf_size)
			front = 0;
	}
	return n;
}

static const struct file_operations q_fops = {
	.owner = THIS_MODULE,
	.read = q_read,
	.write = q_write,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *attr, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%d\n", asee_buf_size);
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	int wanted, i;
	char *fresh;

	if (kstrtoint(buf, 10, &wanted))
		return -EINVAL;
	if (wanted < 0)
		panic(DEVNAME ": somebody asked for %d bytes\n", wanted);
	if (wanted == 0 || wanted > LARGEST)
		return -EINVAL;
	if (wanted < asee_buf_count) {
		pr_err(DEVNAME ": no, there are %d bytes\n", asee_buf_count);
		return -EINVAL;
	}
	fresh = kmalloc(wanted, GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	for (i = 0; i < asee_buf_count; i++)
		fresh[i] = q[(front + i) % asee_buf_size];
	kfree(q);
	q = fresh;
	front = 0;
	asee_buf_size = wanted;
	return count;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *attr, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%d\n", asee_buf_count);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);

static int __init q_init(void)
{
	q = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	maj = register_chrdev(0, DEVNAME, &q_fops);
	if (maj < 0) {
		kfree(q);
		return maj;
	}
	klass = class_create(DEVNAME);
	device_create(klass, NULL, MKDEV(maj, 0), NULL, DEVNAME);
	kobj = kobject_create_and_add(DEVNAME, kernel_kobj);
	if (!kobj || sysfs_create_file(kobj, &size_attr.attr) ||
	    sysfs_create_file(kobj, &count_attr.attr))
		pr_warn(DEVNAME ": sysfs files are missing\n");
	return 0;
}

static void __exit q_exit(void)
{
	kobject_put(kobj);
	device_destroy(klass, MKDEV(maj, 0));
	class_destroy(klass);
	unregister_chrdev(maj, DEVNAME);
	kfree(q);
}

module_init(q_init);
module_exit(q_exit);
MODULE_LICENSE("GPL");

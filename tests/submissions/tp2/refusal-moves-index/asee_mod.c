/* LKMPG style, kobject_create_and_add, kstrtoint, new kmalloc + linearise, hard max 65536 */
#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#define DEVICE_NAME "asee_mod"
static int major;
static struct class *cls;
static struct kobject *asee_kobj;
static char *buffer;
static int asee_buf_size = 16;
static int asee_buf_count = 0;
static int read_pos = 0, write_pos = 0;
static atomic_t already_open = ATOMIC_INIT(0);
static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size);
}
static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf, size_t count)
{
	int new_size, ret, i;
	char *nb;
	ret = kstrtoint(buf, 10, &new_size);
	if (ret < 0)
		return ret;
	if (new_size <= 0 || new_size > 65536) {
		pr_err("asee_mod: bad size %d\n", new_size);
		return -EINVAL;
	}
	write_pos = asee_buf_count % new_size;
	if (new_size < asee_buf_count) {
		pr_err("asee_mod: new size too small\n");
		return -EINVAL;
	}
	nb = kmalloc(new_size, GFP_KERNEL);
	if (!nb)
		return -ENOMEM;
	for (i = 0; i < asee_buf_count; i++)
		nb[i] = buffer[(read_pos + i) % asee_buf_size];
	kfree(buffer);
	buffer = nb;
	asee_buf_size = new_size;
	read_pos = 0;
	write_pos = asee_buf_count % asee_buf_size;
	return count;
}
static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_count);
}
static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0660, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0440, count_show, NULL);
static int device_open(struct inode *inode, struct file *file)
{
	if (atomic_cmpxchg(&already_open, 0, 1))
		return -EBUSY;
	try_module_get(THIS_MODULE);
	return 0;
}
static int device_release(struct inode *inode, struct file *file)
{
	atomic_set(&already_open, 0);
	module_put(THIS_MODULE);
	return 0;
}
static ssize_t device_read(struct file *filp, char __user *ubuf, size_t length, loff_t *offset)
{
	int n = 0;
	while (n < length && asee_buf_count > 0) {
		if (put_user(buffer[read_pos], ubuf + n))
			return -EFAULT;
		read_pos = (read_pos + 1) % asee_buf_size;
		asee_buf_count--;
		n++;
	}
	return n;
}
static ssize_t device_write(struct file *filp, const char __user *ubuf, size_t length, loff_t *offset)
{
	size_t i;
	char c;
	for (i = 0; i < length; i++) {
		if (get_user(c, ubuf + i))
			return -EFAULT;
		buffer[write_pos] = c;
		write_pos = (write_pos + 1) % asee_buf_size;
		if (asee_buf_count == asee_buf_size)
			read_pos = write_pos;
		else
			asee_buf_count++;
	}
	return length;
}
static struct file_operations fops = {
	.read = device_read, .write = device_write, .open = device_open, .release = device_release,
};
static int __init asee_init(void)
{
	buffer = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	major = register_chrdev(0, DEVICE_NAME, &fops);
	if (major < 0) {
		kfree(buffer);
		return major;
	}
	cls = class_create(DEVICE_NAME);
	device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj)
		return -ENOMEM;
	if (sysfs_create_file(asee_kobj, &size_attr.attr))
		pr_info("failed to create asee_buf_size\n");
	if (sysfs_create_file(asee_kobj, &count_attr.attr))
		pr_info("failed to create asee_buf_count\n");
	return 0;
}
static void __exit asee_exit(void)
{
	kobject_put(asee_kobj);
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);
	kfree(buffer);
}
module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");

/* TP2, d'après hello-sysfs.c du livre */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define MAX_SIZE 4096

static char data[MAX_SIZE];
static int asee_buf_size = 16;
static int asee_buf_count = 0;
static struct kobject *mymodule;

static void push(char c)
{
	if (asee_buf_count == asee_buf_size) {
		memmove(data, data + 1, asee_buf_count - 1);
		asee_buf_count--;
	}
	data[asee_buf_count++] = c;
}

static ssize_t my_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	if (n > asee_buf_count)
		n = asee_buf_count;
	if (copy_to_user(u, data, n))
		return -EFAULT;
	asee_buf_count -= n;
	memmove(data, data + n, asee_buf_count);
	return n;
}

static ssize_t my_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	size_t i;
	char c;

	for (i = 0; i < n; i++) {
		if (get_user(c, u + i))
			return -EFAULT;
		push(c);
	}
	return n;
}

static struct file_operations my_fops = {
	.owner = THIS_MODULE,
	.read = my_read,
	.write = my_write,
};

static struct miscdevice my_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &my_fops,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			  size_t count)
{
	int n;

	if (kstrtoint(buf, 10, &n) || n < 1 || n > MAX_SIZE)
		return -EINVAL;
	if (n < asee_buf_count) {
		pr_err("asee_mod: trop petit\n");
		return -EINVAL;
	}
	asee_buf_size = n;
	return count;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_count);
}

/* 0666 pour ne pas avoir besoin de sudo */
static struct kobj_attribute size_attribute =
	__ATTR(asee_buf_size, 0666, size_show, size_store);
static struct kobj_attribute count_attribute =
	__ATTR(asee_buf_count, 0444, count_show, NULL);

static int __init my_init(void)
{
	int error;

	mymodule = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!mymodule)
		return -ENOMEM;

	error = sysfs_create_file(mymodule, &size_attribute.attr);
	if (!error)
		error = sysfs_create_file(mymodule, &count_attribute.attr);
	if (!error)
		error = misc_register(&my_dev);
	if (error)
		kobject_put(mymodule);
	return error;
}

static void __exit my_exit(void)
{
	misc_deregister(&my_dev);
	kobject_put(mymodule);
}

module_init(my_init);
module_exit(my_exit);
MODULE_LICENSE("GPL");

/*
 * asee_mod, TP2
 *
 * Sysfs in the way of samples/kobject/kobject-example.c: one show and one store for all
 * variables. Besides the two that were asked for there are some more to look inside.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define DEVICE_NAME "asee_mod"

static int major;
static struct class *cls;
static struct kobject *asee_kobj;

static char *asee_buf;
static int asee_buf_size = 16;
static int asee_buf_count;
static int asee_buf_head;	/* next write */
static int asee_buf_tail;	/* next read */
static int asee_lost;		/* overwritten since the beginning */
static int asee_debug;

#define dbg(...) do { if (asee_debug) pr_info("asee_mod: " __VA_ARGS__); } while (0)

static ssize_t asee_read(struct file *filp, char __user *buffer, size_t length, loff_t *offset)
{
	ssize_t done = 0;

	while (done < length && asee_buf_count) {
		if (put_user(asee_buf[asee_buf_tail], buffer + done))
			return done ? done : -EFAULT;
		asee_buf_tail = (asee_buf_tail + 1) % asee_buf_size;
		asee_buf_count--;
		done++;
	}
	dbg("read %zd of %zu\n", done, length);
	return done;
}

static ssize_t asee_write(struct file *filp, const char __user *buffer, size_t length,
			  loff_t *offset)
{
	ssize_t done = 0;

	while (done < length) {
		char c;

		if (get_user(c, buffer + done))
			return done ? done : -EFAULT;
		asee_buf[asee_buf_head] = c;
		asee_buf_head = (asee_buf_head + 1) % asee_buf_size;
		if (asee_buf_count == asee_buf_size) {
			asee_buf_tail = asee_buf_head;
			asee_lost++;
		} else {
			asee_buf_count++;
		}
		done++;
	}
	dbg("wrote %zd, lost so far %d\n", done, asee_lost);
	return done;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

/* The new memory is filled in order; afterwards reading starts at its beginning. */
static int change_size(int size)
{
	char *p;
	int i;

	if (size < asee_buf_count) {
		pr_err("asee_mod: cannot go down to %d\n", size);
		return -EINVAL;
	}
	p = vmalloc(size);
	if (!p)
		return -ENOMEM;
	for (i = 0; i < asee_buf_count; i++)
		p[i] = asee_buf[(asee_buf_tail + i) % asee_buf_size];
	vfree(asee_buf);
	asee_buf = p;
	asee_buf_size = size;
	asee_buf_tail = 0;
	asee_buf_head = asee_buf_count % size;
	dbg("size is now %d\n", size);
	return 0;
}

static ssize_t var_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	const char *name = attr->attr.name;
	int var = 0;

	if (strcmp(name, "asee_buf_size") == 0)
		var = asee_buf_size;
	else if (strcmp(name, "asee_buf_count") == 0)
		var = asee_buf_count;
	else if (strcmp(name, "asee_buf_head") == 0)
		var = asee_buf_head;
	else if (strcmp(name, "asee_buf_tail") == 0)
		var = asee_buf_tail;
	else if (strcmp(name, "asee_lost") == 0)
		var = asee_lost;
	else if (strcmp(name, "asee_debug") == 0)
		var = asee_debug;
	return sprintf(buf, "%d\n", var);
}

static ssize_t var_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			 size_t count)
{
	int var, ret;

	ret = kstrtoint(buf, 10, &var);
	if (ret < 0)
		return ret;

	if (strcmp(attr->attr.name, "asee_debug") == 0) {
		asee_debug = var;
		return count;
	}

	if (var < 1 || var > 1024 * 1024)
		return -EINVAL;
	ret = change_size(var);
	return ret < 0 ? ret : count;
}

static struct kobj_attribute debug_attribute = __ATTR(asee_debug, 0664, var_show, var_store);
static struct kobj_attribute head_attribute = __ATTR(asee_buf_head, 0444, var_show, NULL);
static struct kobj_attribute tail_attribute = __ATTR(asee_buf_tail, 0444, var_show, NULL);
static struct kobj_attribute lost_attribute = __ATTR(asee_lost, 0444, var_show, NULL);
static struct kobj_attribute count_attribute = __ATTR(asee_buf_count, 0444, var_show, NULL);
static struct kobj_attribute size_attribute = __ATTR(asee_buf_size, 0664, var_show, var_store);

static struct attribute *attrs[] = {
	&debug_attribute.attr,
	&head_attribute.attr,
	&tail_attribute.attr,
	&lost_attribute.attr,
	&count_attribute.attr,
	&size_attribute.attr,
	NULL,	/* need to NULL terminate the list of attributes */
};

static struct attribute_group attr_group = {
	.attrs = attrs,
};

static int __init asee_init(void)
{
	int retval = -ENOMEM;

	asee_buf = vmalloc(asee_buf_size);
	if (!asee_buf)
		return -ENOMEM;

	asee_kobj = kobject_create_and_add(DEVICE_NAME, kernel_kobj);
	if (!asee_kobj)
		goto free;
	retval = sysfs_create_group(asee_kobj, &attr_group);
	if (retval)
		goto put;

	major = register_chrdev(0, DEVICE_NAME, &fops);
	if (major < 0) {
		retval = major;
		goto put;
	}
	cls = class_create(DEVICE_NAME);
	device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	return 0;

put:
	kobject_put(asee_kobj);
free:
	vfree(asee_buf);
	return retval;
}

static void __exit asee_exit(void)
{
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);
	kobject_put(asee_kobj);
	vfree(asee_buf);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("trinome ASEE");

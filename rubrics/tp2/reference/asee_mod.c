// SPDX-License-Identifier: GPL-2.0
/*
 * Reference solution of TP2: the circular buffer of TP1, whose size is changed by writing into
 * /sys/kernel/asee_mod/asee_buf_size.
 */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define MAX_SIZE 65536

static DEFINE_MUTEX(lock); /* for the next four */
static char *buffer;
static unsigned int size = 16;
static unsigned int head; /* the oldest character */
static unsigned int count;

static ssize_t asee_read(struct file *file, char __user *user, size_t length, loff_t *offset)
{
	ssize_t taken;
	size_t first; /* up to the end of the array; the rest is at its beginning */

	mutex_lock(&lock);
	taken = min_t(size_t, length, count);
	first = min_t(size_t, taken, size - head);
	if (copy_to_user(user, buffer + head, first) ||
	    copy_to_user(user + first, buffer, taken - first)) {
		taken = -EFAULT;
	} else {
		head = (head + taken) % size;
		count -= taken;
	}
	mutex_unlock(&lock);
	return taken;
}

static void put(char c)
{
	buffer[(head + count) % size] = c;
	if (count < size)
		count++;
	else
		head = (head + 1) % size;
}

static ssize_t asee_write(struct file *file, const char __user *user, size_t length,
			  loff_t *offset)
{
	size_t done;

	mutex_lock(&lock);
	for (done = 0; done < length; done++) {
		char c;

		if (get_user(c, user + done))
			break;
		/* The newline that echo adds is not part of the text. */
		if (done < length - 1 || c != '\n')
			put(c);
	}
	mutex_unlock(&lock);
	return length && !done ? -EFAULT : done;
}

/* Move what is stored to the front of a new array. Called with the lock held. */
static int resize(unsigned int wanted)
{
	unsigned int first = min(count, size - head);
	char *fresh;

	if (wanted < count) {
		pr_err("asee_mod: %u is too small for the %u characters stored\n", wanted, count);
		return -EBUSY;
	}
	fresh = kvmalloc(wanted, GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	memcpy(fresh, buffer + head, first);
	memcpy(fresh + first, buffer, count - first);
	kvfree(buffer);
	buffer = fresh;
	size = wanted;
	head = 0;
	return 0;
}

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t length)
{
	unsigned int wanted;
	int ret = kstrtouint(buf, 10, &wanted);

	if (ret)
		return ret;
	if (wanted == 0 || wanted > MAX_SIZE)
		return -EINVAL;
	mutex_lock(&lock);
	ret = resize(wanted);
	mutex_unlock(&lock);
	return ret ? ret : length;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", count);
}

static struct kobj_attribute size_attribute = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attribute = __ATTR_RO(asee_buf_count);
static struct attribute *asee_attrs[] = { &size_attribute.attr, &count_attribute.attr, NULL };
static const struct attribute_group asee_group = { .attrs = asee_attrs };

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};
static struct miscdevice asee_device = { MISC_DYNAMIC_MINOR, "asee_mod", &asee_fops };
static struct kobject *asee_kobj;

static int __init asee_init(void)
{
	int ret = -ENOMEM;

	buffer = kvmalloc(size, GFP_KERNEL);
	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (buffer && asee_kobj)
		ret = sysfs_create_group(asee_kobj, &asee_group);
	if (!ret)
		ret = misc_register(&asee_device);
	if (ret) {
		kobject_put(asee_kobj);
		kvfree(buffer);
	}
	return ret;
}

static void __exit asee_exit(void)
{
	misc_deregister(&asee_device);
	kobject_put(asee_kobj); /* takes the attributes away, too */
	kvfree(buffer);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("TP2 reference: a circular buffer whose size can be changed");

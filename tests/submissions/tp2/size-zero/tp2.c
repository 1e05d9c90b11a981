/*
 * ASEE, second TP.
 * No ring: the oldest character is always at text[0], what was read is moved out.
 * A size of 0 is allowed (while nothing is stored): then everything that is written is lost.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define BIGGEST 8192

static DEFINE_MUTEX(m);
static char *text;
static long asee_buf_size = 16;
static long asee_buf_count;
static struct kobject *dir;

static ssize_t tp2_read(struct file *filp, char __user *ubuf, size_t len, loff_t *ppos)
{
	long n;

	mutex_lock(&m);
	n = min_t(size_t, len, asee_buf_count);
	if (n > 0) {
		if (copy_to_user(ubuf, text, n)) {
			mutex_unlock(&m);
			return -EFAULT;
		}
		asee_buf_count -= n;
		memmove(text, text + n, asee_buf_count);
	}
	mutex_unlock(&m);
	return n;
}

static ssize_t tp2_write(struct file *filp, const char __user *ubuf, size_t len, loff_t *ppos)
{
	size_t keep = len;
	char last, *copy;
	long lost;

	if (len == 0)
		return 0;
	if (get_user(last, ubuf + len - 1))
		return -EFAULT;
	if (last == '\n')
		keep--;

	mutex_lock(&m);
	/* of more than the buffer can hold, only the end will be left */
	if (keep > asee_buf_size) {
		ubuf += keep - asee_buf_size;
		keep = asee_buf_size;
	}
	if (keep == 0) {
		mutex_unlock(&m);
		return len;
	}

	copy = memdup_user(ubuf, keep);
	if (IS_ERR(copy)) {
		mutex_unlock(&m);
		return PTR_ERR(copy);
	}
	lost = asee_buf_count + keep - asee_buf_size;
	if (lost > 0) {
		asee_buf_count -= lost;
		memmove(text, text + lost, asee_buf_count);
	}
	memcpy(text + asee_buf_count, copy, keep);
	asee_buf_count += keep;
	mutex_unlock(&m);

	kfree(copy);
	return len;
}

static const struct file_operations tp2_fops = {
	.owner = THIS_MODULE,
	.read = tp2_read,
	.write = tp2_write,
};

static struct miscdevice tp2_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &tp2_fops,
};

static int change_size(long size)
{
	char *bigger;

	if (size < asee_buf_count)
		return -ENOSPC;
	bigger = kmalloc(size, GFP_KERNEL);
	if (bigger == NULL)
		return -ENOMEM;
	if (asee_buf_count)
		memcpy(bigger, text, asee_buf_count);
	kfree(text);
	text = bigger;
	asee_buf_size = size;
	return 0;
}

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%ld\n", asee_buf_size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			  size_t count)
{
	long size;
	int error;

	error = kstrtol(buf, 10, &size);
	if (error)
		return error;
	if (size < 0 || size > BIGGEST)
		return -EINVAL;

	mutex_lock(&m);
	error = change_size(size);
	mutex_unlock(&m);
	if (error) {
		pr_err("asee_mod: size not changed (%d)\n", error);
		return error;
	}
	return count;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%ld\n", asee_buf_count);
}

static struct kobj_attribute size_attribute = __ATTR(asee_buf_size, 0664, size_show, size_store);
static struct kobj_attribute count_attribute = __ATTR(asee_buf_count, 0444, count_show, NULL);

static int __init tp2_init(void)
{
	int ret = -ENOMEM;

	text = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	dir = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!dir)
		goto out;
	ret = sysfs_create_file(dir, &size_attribute.attr);
	if (!ret)
		ret = sysfs_create_file(dir, &count_attribute.attr);
	if (!ret)
		ret = misc_register(&tp2_dev);
	if (ret) {
		kobject_put(dir);
		goto out;
	}
	return 0;
out:
	kfree(text);
	return ret;
}

static void __exit tp2_exit(void)
{
	misc_deregister(&tp2_dev);
	kobject_put(dir);
	kfree(text);
}

module_init(tp2_init);
module_exit(tp2_exit);
MODULE_LICENSE("GPL");

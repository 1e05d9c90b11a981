/*
 * kfifo only knows powers of two: it is made at least as large as asked for,
 * and asee_buf_size says how much of it may be used.
 */
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/kobject.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

static struct kfifo fifo;
static unsigned int asee_buf_size = 16;
static DEFINE_MUTEX(lock);
static struct kobject *asee_kobj;

static ssize_t fifo_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	unsigned int copied;
	int ret;

	mutex_lock(&lock);
	ret = kfifo_to_user(&fifo, buf, count, &copied);
	mutex_unlock(&lock);
	if (ret)
		return ret;
	return copied;
}

static ssize_t fifo_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	size_t i;
	unsigned char c;

	mutex_lock(&lock);
	for (i = 0; i < count; i++) {
		if (get_user(c, &buf[i])) {
			mutex_unlock(&lock);
			return i ?: -EFAULT;
		}
		while (kfifo_len(&fifo) >= asee_buf_size)
			kfifo_skip(&fifo);	/* the oldest goes */
		kfifo_put(&fifo, c);
	}
	mutex_unlock(&lock);
	return count;
}

static const struct file_operations fifo_fops = {
	.owner = THIS_MODULE,
	.read = fifo_read,
	.write = fifo_write,
	.llseek = noop_llseek,
};

static struct miscdevice fifo_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &fifo_fops,
};

static int fifo_resize(unsigned int size)
{
	struct kfifo other;
	unsigned char c;
	int ret;

	if (size < kfifo_len(&fifo)) {
		pr_err("asee_mod: %u bytes do not fit into %u\n", kfifo_len(&fifo), size);
		return -EOVERFLOW;
	}
	ret = kfifo_alloc(&other, max(size, 2u), GFP_KERNEL);
	if (ret)
		return ret;
	while (kfifo_get(&fifo, &c))
		kfifo_put(&other, c);
	kfifo_free(&fifo);
	fifo = other;
	asee_buf_size = size;
	return 0;
}

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", asee_buf_size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	unsigned int size;
	int ret = kstrtouint(buf, 10, &size);

	if (!ret && (size == 0 || size > 65536))
		ret = -EINVAL;
	if (ret)
		return ret;
	mutex_lock(&lock);
	ret = fifo_resize(size);
	mutex_unlock(&lock);
	return ret ? ret : count;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", kfifo_len(&fifo));
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);

static struct attribute *fifo_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(fifo);

static int __init fifo_init(void)
{
	int ret;

	ret = kfifo_alloc(&fifo, asee_buf_size, GFP_KERNEL);
	if (ret)
		return ret;
	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	ret = asee_kobj ? sysfs_create_groups(asee_kobj, fifo_groups) : -ENOMEM;
	if (!ret)
		ret = misc_register(&fifo_misc);
	if (ret) {
		kobject_put(asee_kobj);
		kfifo_free(&fifo);
	}
	return ret;
}

static void __exit fifo_exit(void)
{
	misc_deregister(&fifo_misc);
	sysfs_remove_groups(asee_kobj, fifo_groups);
	kobject_put(asee_kobj);
	kfifo_free(&fifo);
}

module_init(fifo_init);
module_exit(fifo_exit);
MODULE_LICENSE("GPL");

#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

/* the variables of the handout */
static unsigned int asee_buf_size = 16;
static unsigned int asee_buf_count;

struct storage {
	unsigned int cap;
	unsigned int at;
	unsigned char b[];
};

static struct storage *st;
static DEFINE_MUTEX(st_mutex);
static struct kobject *st_kobj;

static struct storage *storage_new(unsigned int cap)
{
	struct storage *s = kmalloc(sizeof(*s) + (size_t)cap, GFP_KERNEL | __GFP_NOWARN);

	if (s) {
		s->cap = cap;
		s->at = 0;
	}
	return s;
}

static ssize_t st_read(struct file *file, char __user *p, size_t len, loff_t *off)
{
	unsigned int i, n;

	mutex_lock(&st_mutex);
	n = len < asee_buf_count ? len : asee_buf_count;
	for (i = 0; i < n; i++) {
		if (put_user(st->b[(st->at + i) % st->cap], p + i)) {
			mutex_unlock(&st_mutex);
			return -EFAULT;
		}
	}
	st->at = (st->at + n) % st->cap;
	asee_buf_count -= n;
	mutex_unlock(&st_mutex);
	return n;
}

static ssize_t st_write(struct file *file, const char __user *p, size_t len, loff_t *off)
{
	unsigned char c;
	size_t i;

	mutex_lock(&st_mutex);
	for (i = 0; i < len; i++) {
		if (get_user(c, p + i)) {
			mutex_unlock(&st_mutex);
			return -EFAULT;
		}
		if (i + 1 == len && c == '\n')
			break;
		st->b[(st->at + asee_buf_count) % st->cap] = c;
		if (asee_buf_count == st->cap)
			st->at = (st->at + 1) % st->cap;
		else
			asee_buf_count++;
	}
	mutex_unlock(&st_mutex);
	return len;
}

static const struct file_operations st_fops = {
	.owner = THIS_MODULE,
	.read = st_read,
	.write = st_write,
};

static struct miscdevice st_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &st_fops,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", asee_buf_size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr, const char *page,
			  size_t len)
{
	struct storage *fresh;
	unsigned int wanted, i;
	ssize_t ret;

	ret = kstrtouint(page, 10, &wanted);
	if (ret)
		return ret;
	if (wanted == 0)
		return -EINVAL;

	mutex_lock(&st_mutex);
	if (wanted < asee_buf_count) {
		pr_err("asee_mod: %u characters are stored\n", asee_buf_count);
		ret = -EINVAL;
		goto out;
	}

	asee_buf_size = wanted;
	fresh = storage_new(asee_buf_size);
	if (!fresh) {
		ret = -ENOMEM;
		goto out;
	}
	for (i = 0; i < asee_buf_count; i++)
		fresh->b[i] = st->b[(st->at + i) % st->cap];
	kfree(st);
	st = fresh;
	ret = len;
out:
	mutex_unlock(&st_mutex);
	return ret;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", asee_buf_count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static struct attribute *st_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	NULL,
};
static const struct attribute_group st_group = { .attrs = st_attrs };

static int __init st_init(void)
{
	int ret = -ENOMEM;

	st = storage_new(asee_buf_size);
	if (!st)
		return ret;
	st_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!st_kobj)
		goto free;
	ret = sysfs_create_group(st_kobj, &st_group);
	if (!ret)
		ret = misc_register(&st_misc);
	if (!ret)
		return 0;
	kobject_put(st_kobj);
free:
	kfree(st);
	return ret;
}

static void __exit st_exit(void)
{
	misc_deregister(&st_misc);
	kobject_put(st_kobj);
	kfree(st);
}

module_init(st_init);
module_exit(st_exit);
MODULE_LICENSE("GPL");

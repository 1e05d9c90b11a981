/*
 * TP2. Pas de kobject à nous : le groupe d'attributs a un nom, et sysfs_create_group() fait
 * le dossier asee_mod/ dans /sys/kernel.
 */
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define ASEE_BUF_MAX (16 * 1024)

static char *buf;
static size_t buf_size = 16;
static size_t buf_pos;		/* début des données */
static size_t buf_count;
static DECLARE_RWSEM(buf_sem);

/* Copie les n premiers octets du tampon, qui peuvent être en deux morceaux. */
static void buf_peek(char *dst, size_t n)
{
	size_t bout = buf_size - buf_pos;

	if (n <= bout) {
		memcpy(dst, buf + buf_pos, n);
	} else {
		memcpy(dst, buf + buf_pos, bout);
		memcpy(dst + bout, buf, n - bout);
	}
}

static void buf_drop(size_t n)
{
	buf_pos = (buf_pos + n) % buf_size;
	buf_count -= n;
}

/* n <= buf_size */
static void buf_append(const char *src, size_t n)
{
	size_t fin, bout;

	if (buf_count + n > buf_size)
		buf_drop(buf_count + n - buf_size);

	fin = (buf_pos + buf_count) % buf_size;
	bout = buf_size - fin;
	if (n <= bout) {
		memcpy(buf + fin, src, n);
	} else {
		memcpy(buf + fin, src, bout);
		memcpy(buf, src + bout, n - bout);
	}
	buf_count += n;
}

static ssize_t asee_read(struct file *file, char __user *user, size_t len, loff_t *off)
{
	char *tmp;
	ssize_t ret;

	down_write(&buf_sem);
	if (len > buf_count)
		len = buf_count;
	ret = len;
	if (len == 0)
		goto out;

	tmp = kmalloc(len, GFP_KERNEL);
	if (!tmp) {
		ret = -ENOMEM;
		goto out;
	}
	buf_peek(tmp, len);
	if (copy_to_user(user, tmp, len))
		ret = -EFAULT;
	else
		buf_drop(len);
	kfree(tmp);
out:
	up_write(&buf_sem);
	return ret;
}

static ssize_t asee_write(struct file *file, const char __user *user, size_t len, loff_t *off)
{
	size_t n = len;
	char *tmp;

	down_write(&buf_sem);
	if (n > buf_size)
		n = buf_size;
	tmp = memdup_user(user, n);
	if (IS_ERR(tmp)) {
		up_write(&buf_sem);
		return PTR_ERR(tmp);
	}
	buf_append(tmp, n);
	up_write(&buf_sem);

	kfree(tmp);
	return len;
}

static const struct file_operations asee_fops = {
	.owner	= THIS_MODULE,
	.read	= asee_read,
	.write	= asee_write,
};

static struct miscdevice asee_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "asee_mod",
	.fops	= &asee_fops,
};

static int buf_resize(size_t size)
{
	char *nouveau;

	if (size < buf_count) {
		pr_err("asee_mod: %zu < %zu, opération abandonnée\n", size, buf_count);
		return -EINVAL;
	}
	nouveau = kmalloc(size, GFP_KERNEL);
	if (!nouveau)
		return -ENOMEM;
	buf_peek(nouveau, buf_count);
	kfree(buf);
	buf = nouveau;
	buf_size = size;
	buf_pos = 0;
	return 0;
}

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	ssize_t n;

	down_read(&buf_sem);
	n = scnprintf(page, PAGE_SIZE, "%zu\n", buf_size);
	up_read(&buf_sem);
	return n;
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *page, size_t len)
{
	unsigned long size;
	int err;

	err = kstrtoul(page, 0, &size);
	if (err)
		return err;
	if (size == 0 || size > ASEE_BUF_MAX)
		return -EINVAL;

	down_write(&buf_sem);
	err = buf_resize(size);
	up_write(&buf_sem);
	if (err)
		return err;
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	ssize_t n;

	down_read(&buf_sem);
	n = scnprintf(page, PAGE_SIZE, "%zu\n", buf_count);
	up_read(&buf_sem);
	return n;
}

static struct kobj_attribute attr_size = __ATTR_RW(asee_buf_size);
static struct kobj_attribute attr_count = __ATTR_RO(asee_buf_count);

static struct attribute *asee_attributes[] = {
	&attr_size.attr,
	&attr_count.attr,
	NULL
};

static const struct attribute_group asee_group = {
	.name	= "asee_mod",
	.attrs	= asee_attributes,
};

static int __init asee_init(void)
{
	int err;

	buf = kmalloc(buf_size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;

	err = sysfs_create_group(kernel_kobj, &asee_group);
	if (err)
		goto err_buf;
	err = misc_register(&asee_misc);
	if (err)
		goto err_group;
	return 0;

err_group:
	sysfs_remove_group(kernel_kobj, &asee_group);
err_buf:
	kfree(buf);
	return err;
}

static void __exit asee_exit(void)
{
	misc_deregister(&asee_misc);
	sysfs_remove_group(kernel_kobj, &asee_group);
	kfree(buf);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");

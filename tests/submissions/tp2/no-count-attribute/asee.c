/*
 * TP2 : la taille du tampon est dans /sys/kernel/asee_mod/asee_buf_size
 */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define TAILLE_MAX 10000

struct anneau {
	char *mem;
	unsigned int taille;
	unsigned int premier;
	unsigned int nb;
};

static struct anneau an = { .taille = 16 };
static struct kobject *sys;

static char *place(struct anneau *a, unsigned int i)
{
	return a->mem + (a->premier + i) % a->taille;
}

static ssize_t an_read(struct file *f, char __user *u, size_t len, loff_t *o)
{
	unsigned int i, n = min_t(size_t, len, an.nb);

	for (i = 0; i < n; i++)
		if (put_user(*place(&an, i), u + i))
			return -EFAULT;
	an.premier = (an.premier + n) % an.taille;
	an.nb -= n;
	return n;
}

static ssize_t an_write(struct file *f, const char __user *u, size_t len, loff_t *o)
{
	size_t i;

	for (i = 0; i < len; i++) {
		char c;

		if (get_user(c, u + i))
			return -EFAULT;
		if (c == '\n' && i == len - 1)
			break;
		*place(&an, an.nb) = c;
		if (an.nb < an.taille)
			an.nb++;
		else
			an.premier = (an.premier + 1) % an.taille;
	}
	return len;
}

static const struct file_operations an_fops = {
	.owner = THIS_MODULE,
	.read = an_read,
	.write = an_write,
};

static struct miscdevice an_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &an_fops,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%u\n", an.taille);
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a, const char *b,
				   size_t len)
{
	struct anneau nouveau = { .premier = 0, .nb = an.nb };
	unsigned int i;

	if (kstrtouint(b, 10, &nouveau.taille))
		return -EINVAL;
	if (nouveau.taille == 0 || nouveau.taille > TAILLE_MAX)
		return -EINVAL;
	if (nouveau.taille < an.nb) {
		pr_err("asee_mod: il y a deja %u caracteres\n", an.nb);
		return -EINVAL;
	}
	nouveau.mem = kmalloc(nouveau.taille, GFP_KERNEL);
	if (!nouveau.mem)
		return -ENOMEM;
	for (i = 0; i < an.nb; i++)
		nouveau.mem[i] = *place(&an, i);
	kfree(an.mem);
	an = nouveau;
	return len;
}

static struct kobj_attribute attr_taille = __ATTR_RW(asee_buf_size);

static int __init an_init(void)
{
	int err;

	an.mem = kmalloc(an.taille, GFP_KERNEL);
	if (!an.mem)
		return -ENOMEM;
	sys = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!sys) {
		kfree(an.mem);
		return -ENOMEM;
	}
	err = sysfs_create_file(sys, &attr_taille.attr);
	if (!err)
		err = misc_register(&an_misc);
	if (err) {
		kobject_put(sys);
		kfree(an.mem);
	}
	return err;
}

static void __exit an_exit(void)
{
	misc_deregister(&an_misc);
	kobject_put(sys);
	kfree(an.mem);
}

module_init(an_init);
module_exit(an_exit);
MODULE_LICENSE("GPL");

/* TP2 ASEE */
#include <linux/module.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static char *tampon;
static char *nouveau;
static int asee_buf_size = 16;
static int asee_buf_count;
static int tete;
static struct kobject *kobj;

static ssize_t t_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	size_t k = 0;

	while (k < n && asee_buf_count > 0) {
		char c = tampon[tete];

		if (put_user(c, u + k))
			return -EFAULT;
		tete = (tete + 1) % asee_buf_size;
		asee_buf_count--;
		k++;
	}
	return k;
}

static ssize_t t_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	size_t k;
	char c;

	for (k = 0; k < n; k++) {
		if (get_user(c, u + k))
			return -EFAULT;
		if (k == n - 1 && c == '\n')
			break;
		tampon[(tete + asee_buf_count) % asee_buf_size] = c;
		if (asee_buf_count < asee_buf_size)
			asee_buf_count++;
		else
			tete = (tete + 1) % asee_buf_size;
	}
	return n;
}

static const struct file_operations t_fops = {
	.owner = THIS_MODULE,
	.read = t_read,
	.write = t_write,
};

static struct miscdevice t_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &t_fops,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", asee_buf_size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	int taille, i, err;

	err = kstrtoint(b, 10, &taille);
	if (err)
		goto erreur;
	if (taille <= 0 || taille > 16384)
		return -EINVAL;
	if (taille < asee_buf_count) {
		pr_err("asee_mod: taille %d < %d\n", taille, asee_buf_count);
		return -EINVAL;
	}
	nouveau = kmalloc(taille, GFP_KERNEL);
	if (!nouveau)
		return -ENOMEM;
	for (i = 0; i < asee_buf_count; i++)
		nouveau[i] = tampon[(tete + i) % asee_buf_size];
	swap(tampon, nouveau);
	asee_buf_size = taille;
	tete = 0;
	kfree(nouveau);
	return n;

erreur:
	/* on ne laisse rien derrière nous */
	kfree(tampon);
	tampon = NULL;
	return err;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", asee_buf_count);
}

static struct kobj_attribute s = __ATTR(asee_buf_size, 0660, size_show, size_store);
static struct kobj_attribute c = __ATTR(asee_buf_count, 0440, count_show, NULL);

static int __init t_init(void)
{
	int err;

	tampon = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!tampon)
		return -ENOMEM;
	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj) {
		kfree(tampon);
		return -ENOMEM;
	}
	err = sysfs_create_file(kobj, &s.attr);
	if (!err)
		err = sysfs_create_file(kobj, &c.attr);
	if (!err)
		err = misc_register(&t_misc);
	if (err) {
		kobject_put(kobj);
		kfree(tampon);
	}
	return err;
}

static void __exit t_exit(void)
{
	misc_deregister(&t_misc);
	kobject_put(kobj);
	kfree(tampon);
}

module_init(t_init);
module_exit(t_exit);
MODULE_LICENSE("GPL");

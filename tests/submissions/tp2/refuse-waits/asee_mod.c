/*
 * TP2 - canal asee
 *
 * L'objet sysfs contient tout l'état du canal : il est libéré par son release(),
 * quand plus personne ne s'en sert.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

struct canal {
	struct kobject kobj;
	struct mutex mutex;
	char *octets;
	int taille;
	int lecture, ecriture;	/* prochaines places */
	int nombre;
};

static struct canal *canal;
static DECLARE_WAIT_QUEUE_HEAD(moins_plein);
static dev_t dev;
static struct cdev cdev;
static struct class *classe;

/* ------------------------------------------------------------- le canal */

static void canal_avance(struct canal *c, int *indice)
{
	if (++*indice == c->taille)
		*indice = 0;
}

static char canal_retire(struct canal *c)
{
	char o = c->octets[c->lecture];

	canal_avance(c, &c->lecture);
	c->nombre--;
	return o;
}

static void canal_ajoute(struct canal *c, char o)
{
	if (c->nombre == c->taille)
		canal_retire(c);
	c->octets[c->ecriture] = o;
	canal_avance(c, &c->ecriture);
	c->nombre++;
}

static int canal_redimensionne(struct canal *c, int taille)
{
	char *octets;
	int n;

	if (taille < c->nombre)
		return -EBUSY;
	octets = kcalloc(taille, sizeof(char), GFP_KERNEL);
	if (!octets)
		return -ENOMEM;
	for (n = 0; c->nombre > 0; n++)
		octets[n] = canal_retire(c);
	kfree(c->octets);
	c->octets = octets;
	c->taille = taille;
	c->nombre = n;
	c->lecture = 0;
	c->ecriture = n % taille;
	return 0;
}

/* ------------------------------------------------------ le périphérique */

static int canal_open(struct inode *inode, struct file *f)
{
	f->private_data = canal;
	return nonseekable_open(inode, f);
}

static ssize_t canal_read(struct file *f, char __user *u, size_t n, loff_t *off)
{
	struct canal *c = f->private_data;
	char *copie;
	ssize_t i;

	mutex_lock(&c->mutex);
	if (n > c->nombre)
		n = c->nombre;
	copie = kmalloc(n, GFP_KERNEL);
	if (!copie) {
		mutex_unlock(&c->mutex);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++)
		copie[i] = canal_retire(c);
	mutex_unlock(&c->mutex);
	wake_up_interruptible(&moins_plein);

	if (n && copy_to_user(u, copie, n))
		i = -EFAULT;
	kfree(copie);
	return i;
}

static ssize_t canal_write(struct file *f, const char __user *u, size_t n, loff_t *off)
{
	struct canal *c = f->private_data;
	size_t i;
	char o;

	mutex_lock(&c->mutex);
	for (i = 0; i < n; i++) {
		if (get_user(o, u + i)) {
			mutex_unlock(&c->mutex);
			return -EFAULT;
		}
		if (i == n - 1 && o == '\n')
			continue;
		canal_ajoute(c, o);
	}
	mutex_unlock(&c->mutex);
	return n;
}

static const struct file_operations canal_fops = {
	.owner = THIS_MODULE,
	.open = canal_open,
	.read = canal_read,
	.write = canal_write,
};

/* ---------------------------------------------------------------- sysfs */

#define to_canal(k) container_of(k, struct canal, kobj)

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", to_canal(kobj)->taille);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	struct canal *c = to_canal(kobj);
	u16 taille;
	int ret;

	/* un u16 : tout ce qui dépasse 65535 est refusé par kstrtou16 */
	ret = kstrtou16(buf, 10, &taille);
	if (ret)
		return ret;
	if (taille == 0)
		return -EINVAL;

	/* trop de caractères : on attend que quelqu'un en lise */
	if (wait_event_interruptible(moins_plein, READ_ONCE(c->nombre) <= taille))
		return -ERESTARTSYS;

	mutex_lock(&c->mutex);
	ret = canal_redimensionne(c, taille);
	mutex_unlock(&c->mutex);
	if (ret)
		pr_err("asee_mod : taille %u refusée (%d)\n", taille, ret);
	return ret ? ret : count;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", to_canal(kobj)->nombre);
}

static struct kobj_attribute size_attr = __ATTR_RW_MODE(asee_buf_size, 0660);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);

static struct attribute *canal_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(canal);

static void canal_release(struct kobject *kobj)
{
	struct canal *c = to_canal(kobj);

	kfree(c->octets);
	kfree(c);
}

static const struct kobj_type canal_ktype = {
	.release = canal_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = canal_groups,
};

/* --------------------------------------------------------------- module */

static int __init canal_init(void)
{
	int ret;

	canal = kzalloc(sizeof(*canal), GFP_KERNEL);
	if (!canal)
		return -ENOMEM;
	mutex_init(&canal->mutex);
	canal->taille = 16;
	canal->octets = kcalloc(canal->taille, sizeof(char), GFP_KERNEL);
	if (!canal->octets) {
		kfree(canal);
		return -ENOMEM;
	}
	ret = kobject_init_and_add(&canal->kobj, &canal_ktype, kernel_kobj, "asee_mod");
	if (ret)
		goto put;

	ret = alloc_chrdev_region(&dev, 0, 1, "asee_mod");
	if (ret)
		goto put;
	cdev_init(&cdev, &canal_fops);
	ret = cdev_add(&cdev, dev, 1);
	if (ret)
		goto region;
	classe = class_create("asee");
	if (IS_ERR(classe)) {
		ret = PTR_ERR(classe);
		goto del;
	}
	ret = PTR_ERR_OR_ZERO(device_create(classe, NULL, dev, NULL, "asee_mod"));
	if (ret)
		goto destroy;
	return 0;

destroy:
	class_destroy(classe);
del:
	cdev_del(&cdev);
region:
	unregister_chrdev_region(dev, 1);
put:
	kobject_put(&canal->kobj);
	return ret;
}

static void __exit canal_exit(void)
{
	device_destroy(classe, dev);
	class_destroy(classe);
	cdev_del(&cdev);
	unregister_chrdev_region(dev, 1);
	kobject_put(&canal->kobj);
}

module_init(canal_init);
module_exit(canal_exit);
MODULE_LICENSE("GPL");

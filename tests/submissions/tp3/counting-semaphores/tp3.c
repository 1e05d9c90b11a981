/*
 * TP3 - producteurs / consommateurs, version du cours de systeme :
 *   P(vides)  : une place libre        V(pleins) : un caractere de plus
 *   P(pleins) : un caractere           V(vides)  : une place de plus
 * Les semaphores comptent ET bloquent ; le mutex ne protege que les indices.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define TAILLE 16
#define LOT 32	/* au plus par read */

static char *tampon;
static unsigned int taille = TAILLE, debut, nb;
static DEFINE_MUTEX(mutex);
static DEFINE_SEMAPHORE(vides, TAILLE);
static DEFINE_SEMAPHORE(pleins, 0);

static int majeur;
static struct class *classe;
static struct kobject *dossier;

static ssize_t lire(struct file *f, char __user *u, size_t len, loff_t *off)
{
	char lot[LOT];
	unsigned int pris, i;

	if (!len)
		return 0;
	/* on dort pour le premier seulement, les autres sont en prime */
	if (down_interruptible(&pleins))
		return -ERESTARTSYS;
	for (pris = 1; pris < len && pris < LOT; pris++)
		if (down_trylock(&pleins))
			break;

	mutex_lock(&mutex);
	for (i = 0; i < pris; i++) {
		lot[i] = tampon[debut];
		debut = (debut + 1) % taille;
	}
	nb -= pris;
	mutex_unlock(&mutex);

	for (i = 0; i < pris; i++)
		up(&vides);
	if (copy_to_user(u, lot, pris))
		return -EFAULT;
	return pris;
}

static ssize_t ecrire(struct file *f, const char __user *u, size_t len, loff_t *off)
{
	size_t fait;
	char c;

	for (fait = 0; fait < len; fait++) {
		if (get_user(c, u + fait))
			return fait ? fait : -EFAULT;
		if (down_interruptible(&vides))
			return fait ? fait : -ERESTARTSYS;
		mutex_lock(&mutex);
		tampon[(debut + nb) % taille] = c;
		nb++;
		mutex_unlock(&mutex);
		up(&pleins);
	}
	return fait;
}

static const struct file_operations ops = {
	.owner = THIS_MODULE,
	.read = lire,
	.write = ecrire,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sprintf(page, "%u\n", taille);
}

/* Reduire : il faut prendre (sans dormir) autant de places vides. Agrandir : en rendre. */
static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a,
				   const char *page, size_t len)
{
	unsigned int voulue, ancienne, prises = 0, i;
	char *neuf;

	if (kstrtouint(page, 0, &voulue) || voulue == 0 || voulue > 100000)
		return -EINVAL;
	neuf = kmalloc(voulue, GFP_KERNEL);
	if (!neuf)
		return -ENOMEM;

	mutex_lock(&mutex);
	ancienne = taille;
	while (ancienne - prises > voulue && ancienne > voulue) {
		if (down_trylock(&vides)) {
			/* pas assez de places vides : on rend tout */
			while (prises--)
				up(&vides);
			mutex_unlock(&mutex);
			kfree(neuf);
			pr_err("asee_mod: trop de caracteres pour une taille de %u\n", voulue);
			return -EBUSY;
		}
		prises++;
	}
	for (i = 0; i < nb; i++)
		neuf[i] = tampon[(debut + i) % taille];
	swap(tampon, neuf);
	debut = 0;
	taille = voulue;
	mutex_unlock(&mutex);
	kfree(neuf);

	for (; ancienne < voulue; ancienne++)
		up(&vides);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sprintf(page, "%u\n", nb);
}

static struct kobj_attribute attr_taille = __ATTR_RW(asee_buf_size);
static struct kobj_attribute attr_nb = __ATTR_RO(asee_buf_count);

static int __init debut_module(void)
{
	tampon = kmalloc(taille, GFP_KERNEL);
	if (!tampon)
		return -ENOMEM;
	dossier = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!dossier) {
		kfree(tampon);
		return -ENOMEM;
	}
	if (sysfs_create_file(dossier, &attr_taille.attr) ||
	    sysfs_create_file(dossier, &attr_nb.attr)) {
		kobject_put(dossier);
		kfree(tampon);
		return -ENOMEM;
	}
	majeur = register_chrdev(0, "asee_mod", &ops);
	if (majeur < 0) {
		kobject_put(dossier);
		kfree(tampon);
		return majeur;
	}
	classe = class_create("asee_mod");
	device_create(classe, NULL, MKDEV(majeur, 0), NULL, "asee_mod");
	return 0;
}

static void __exit fin_module(void)
{
	device_destroy(classe, MKDEV(majeur, 0));
	class_destroy(classe);
	unregister_chrdev(majeur, "asee_mod");
	kobject_put(dossier);
	kfree(tampon);
}

module_init(debut_module);
module_exit(fin_module);
MODULE_LICENSE("GPL");

/* Producteurs et consommateurs avec deux semaphores */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define TAILLE 16
#define BLOC 32	/* au plus par read */

static char *nom;
module_param(nom, charp, 0444);
MODULE_PARM_DESC(nom, "prefixe des messages");

static char *cases;
static unsigned int taille = TAILLE, debut, nb;
static DEFINE_MUTEX(mutex);
static DEFINE_SEMAPHORE(libres, TAILLE);
static DEFINE_SEMAPHORE(occupees, 0);

static int majeur;
static struct class *classe;
static struct kobject *dossier;

static ssize_t lire(struct file *f, char __user *u, size_t len, loff_t *off)
{
	char bloc[BLOC];
	unsigned int pris, i;

	if (!len)
		return 0;
	/* on dort pour le premier seulement, les autres sont en prime */
	if (down_interruptible(&occupees)) {
		if (nom[0])
			pr_info("%s: lecture interrompue\n", nom);
		return -ERESTARTSYS;
	}
	for (pris = 1; pris < len && pris < BLOC; pris++)
		if (down_trylock(&occupees))
			break;

	mutex_lock(&mutex);
	for (i = 0; i < pris; i++) {
		bloc[i] = cases[debut];
		debut = (debut + 1) % taille;
	}
	nb -= pris;
	mutex_unlock(&mutex);

	for (i = 0; i < pris; i++)
		up(&libres);
	if (copy_to_user(u, bloc, pris))
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
		if (down_interruptible(&libres))
			return fait ? fait : -ERESTARTSYS;
		mutex_lock(&mutex);
		cases[(debut + nb) % taille] = c;
		nb++;
		mutex_unlock(&mutex);
		up(&occupees);
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

/* Reduire : il faut prendre (sans dormir) autant de places libres. Agrandir : en rendre. */
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
		if (down_trylock(&libres)) {
			/* pas assez de places libres : on rend tout */
			while (prises--)
				up(&libres);
			mutex_unlock(&mutex);
			kfree(neuf);
			pr_err("asee_mod: trop de caracteres pour une taille de %u\n", voulue);
			return -EBUSY;
		}
		prises++;
	}
	for (i = 0; i < nb; i++)
		neuf[i] = cases[(debut + i) % taille];
	swap(cases, neuf);
	debut = 0;
	taille = voulue;
	mutex_unlock(&mutex);
	kfree(neuf);

	for (; ancienne < voulue; ancienne++)
		up(&libres);
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
	cases = kmalloc(taille, GFP_KERNEL);
	if (!cases)
		return -ENOMEM;
	dossier = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!dossier) {
		kfree(cases);
		return -ENOMEM;
	}
	if (sysfs_create_file(dossier, &attr_taille.attr) ||
	    sysfs_create_file(dossier, &attr_nb.attr)) {
		kobject_put(dossier);
		kfree(cases);
		return -ENOMEM;
	}
	majeur = register_chrdev(0, "asee_mod", &ops);
	if (majeur < 0) {
		kobject_put(dossier);
		kfree(cases);
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
	kfree(cases);
}

module_init(debut_module);
module_exit(fin_module);
MODULE_LICENSE("GPL");

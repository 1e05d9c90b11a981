// Une liste : chaque caractère est un maillon. La taille n'est donc qu'une limite.
#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

struct maillon {
    struct list_head liens;
    char car;
};

static LIST_HEAD(liste);
static DEFINE_MUTEX(mutex);
static unsigned long asee_buf_size = 16;
static unsigned long asee_buf_count = 0;
static unsigned long maillons = 0; /* dans la liste */

static int majeur;
static struct class *classe;
static struct kobject *dossier;

static ssize_t liste_lire(struct file *fichier, char __user *tampon, size_t longueur, loff_t *decalage)
{
    size_t lus = 0;

    mutex_lock(&mutex);
    while (lus < longueur && !list_empty(&liste)) {
        struct maillon *m = list_first_entry(&liste, struct maillon, liens);

        if (put_user(m->car, tampon + lus)) {
            mutex_unlock(&mutex);
            return -EFAULT;
        }
        list_del(&m->liens);
        kfree(m);
        maillons--;
        lus++;
    }
    asee_buf_count -= min(asee_buf_count, (unsigned long)lus);
    mutex_unlock(&mutex);
    return lus;
}

static ssize_t liste_ecrire(struct file *fichier, const char __user *tampon, size_t longueur, loff_t *decalage)
{
    size_t i;

    mutex_lock(&mutex);
    for (i = 0; i < longueur; i++) {
        struct maillon *m;
        char car;

        if (get_user(car, tampon + i)) {
            mutex_unlock(&mutex);
            return -EFAULT;
        }
        if (car == '\n' && i + 1 == longueur)
            break;

        if (maillons == asee_buf_size) {
            /* plein : le maillon du plus ancien resservira */
            m = list_first_entry(&liste, struct maillon, liens);
            list_del(&m->liens);
            maillons--;
        } else {
            m = kmalloc(sizeof(struct maillon), GFP_KERNEL);
            if (m == NULL) {
                mutex_unlock(&mutex);
                return -ENOMEM;
            }
        }
        m->car = car;
        list_add_tail(&m->liens, &liste);
        maillons++;
    }
    asee_buf_count = min(asee_buf_count + longueur, asee_buf_size);
    mutex_unlock(&mutex);
    return longueur;
}

static struct file_operations liste_fops = {
    .owner = THIS_MODULE,
    .read = liste_lire,
    .write = liste_ecrire,
};

static ssize_t taille_montrer(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
    return sprintf(page, "%lu\n", asee_buf_size);
}

static ssize_t taille_changer(struct kobject *kobj, struct kobj_attribute *attr, const char *page, size_t longueur)
{
    unsigned long taille;
    int erreur;

    erreur = kstrtoul(page, 10, &taille);
    if (erreur < 0)
        return erreur;
    if (taille < 1 || taille > 100000)
        return -EINVAL;

    mutex_lock(&mutex);
    if (taille >= maillons) {
        asee_buf_size = taille;
        erreur = longueur;
    } else {
        pr_err("asee_mod: %lu caracteres dans la liste, taille %lu refusee\n", maillons, taille);
        erreur = -EINVAL;
    }
    mutex_unlock(&mutex);
    return erreur;
}

static ssize_t nombre_montrer(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
    return sprintf(page, "%lu\n", asee_buf_count);
}

static struct kobj_attribute attribut_taille = __ATTR(asee_buf_size, 0664, taille_montrer, taille_changer);
static struct kobj_attribute attribut_nombre = __ATTR(asee_buf_count, 0444, nombre_montrer, NULL);

static int __init liste_init(void)
{
    int erreur;

    majeur = register_chrdev(0, "asee_mod", &liste_fops);
    if (majeur < 0)
        return majeur;
    classe = class_create("asee_mod");
    if (IS_ERR(classe)) {
        unregister_chrdev(majeur, "asee_mod");
        return PTR_ERR(classe);
    }
    device_create(classe, NULL, MKDEV(majeur, 0), NULL, "asee_mod");

    dossier = kobject_create_and_add("asee_mod", kernel_kobj);
    if (dossier == NULL) {
        erreur = -ENOMEM;
        goto echec;
    }
    erreur = sysfs_create_file(dossier, &attribut_taille.attr);
    if (erreur == 0)
        erreur = sysfs_create_file(dossier, &attribut_nombre.attr);
    if (erreur == 0)
        return 0;
    kobject_put(dossier);

echec:
    device_destroy(classe, MKDEV(majeur, 0));
    class_destroy(classe);
    unregister_chrdev(majeur, "asee_mod");
    return erreur;
}

static void __exit liste_exit(void)
{
    struct maillon *m, *suivant;

    kobject_put(dossier);
    device_destroy(classe, MKDEV(majeur, 0));
    class_destroy(classe);
    unregister_chrdev(majeur, "asee_mod");

    list_for_each_entry_safe(m, suivant, &liste, liens) {
        list_del(&m->liens);
        kfree(m);
    }
}

module_init(liste_init);
module_exit(liste_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("TP2");

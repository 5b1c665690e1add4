#include "widgets/correlation/label_choice.h"

#include <QtWidgets>

namespace fxs::ui {

namespace {

/// The entries of a choice, its first one and what was chosen kept.
void fill(QComboBox& choice, const QStringList& labels) {
    const QString chosen = choice.currentData().toString();
    while (choice.count() > 1)
        choice.removeItem(1);
    for (const QString& label : labels)
        choice.addItem(label, label);
    choice.setCurrentIndex(std::max(0, choice.findData(chosen)));
}

} // namespace

LabelChoice::LabelChoice(QWidget* parent)
    : QWidget(parent), m_list(new QListWidget), m_shown(new QComboBox), m_minus(new QComboBox) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_list->setAccessibleName(tr("Labels whose lines are overlaid"));
    m_list->setToolTip(tr("Labels whose lines are drawn over each other, with their standard errors"));
    m_shown->addItem(tr("all images"), QString());
    m_shown->setAccessibleName(tr("Label that the maps show"));
    m_shown->setToolTip(tr("Which label the maps show"));
    m_minus->addItem(tr("nothing"), QString());
    m_minus->setAccessibleName(tr("Label taken off"));
    m_minus->setToolTip(
        tr("Which label is taken off the first: the difference, each normalised by its own mean image"));
    layout->addWidget(new QLabel(tr("Lines")));
    layout->addWidget(m_list, 1);
    layout->addWidget(new QLabel(tr("Maps")));
    layout->addWidget(m_shown);
    layout->addWidget(new QLabel(tr("minus")));
    layout->addWidget(m_minus);
    connect(m_list, &QListWidget::itemChanged, this, &LabelChoice::changed);
    connect(m_shown, &QComboBox::currentIndexChanged, this, &LabelChoice::changed);
    connect(m_minus, &QComboBox::currentIndexChanged, this, &LabelChoice::changed);
}

void LabelChoice::setLabels(const QStringList& labels) {
    if (labels == m_labels)
        return;
    const QSignalBlocker quietList(m_list), quietShown(m_shown), quietMinus(m_minus);
    QStringList unchecked;
    for (const QString& label : m_labels)
        if (!checked().contains(label))
            unchecked << label;
    m_labels = labels;
    m_list->clear();
    for (const QString& label : labels) {
        auto* item = new QListWidgetItem(label, m_list);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(unchecked.contains(label) ? Qt::Unchecked : Qt::Checked);
    }
    fill(*m_shown, labels);
    fill(*m_minus, labels);
}

QStringList LabelChoice::checked() const {
    QStringList labels;
    for (int i = 0; i < m_list->count(); ++i)
        if (m_list->item(i)->checkState() == Qt::Checked)
            labels << m_list->item(i)->text();
    return labels;
}

void LabelChoice::setChecked(const QStringList& labels) {
    for (int i = 0; i < m_list->count(); ++i)
        m_list->item(i)->setCheckState(labels.contains(m_list->item(i)->text()) ? Qt::Checked : Qt::Unchecked);
}

QString LabelChoice::shown() const {
    return m_shown->currentData().toString();
}

QString LabelChoice::minus() const {
    return m_minus->currentData().toString();
}

void LabelChoice::setDifference(const QString& shown, const QString& minus) {
    m_shown->setCurrentIndex(std::max(0, m_shown->findData(shown)));
    m_minus->setCurrentIndex(std::max(0, m_minus->findData(minus)));
}

} // namespace fxs::ui

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { takeOutAddresses } from '../../../src/chat/addresses.ts';

const GONE = '(убрано)';
const taken = (text: string) => takeOutAddresses(text, GONE);

/** By what they are, words that a program which shows them makes links of. */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  'hosts without a scheme': [
    ...[
      'evil.example',
      'evil.example/?d=48210',
      'EVIL.COM',
      'Evil.Com/x',
      't.me/evil_bot',
      'vk.com/evil',
      'wa.me/79990001122',
    ],
    ...[
      'a.b.c.evil.co.uk',
      '48210.evil.com',
      'evil.com:8080',
      'evil.com?d=1',
      'evil.com#48210',
      'evil.zip',
      'bit.ly/3xYz',
    ],
    ...['xn--e1afmkfd.xn--p1ai', 'xn--80ak6aa92e.com/x', 'evil_host.com', 'my-shop.store', 'evil.onion'],
    ...[
      'пример.рф',
      'ПРИМЕР.РФ/путь',
      'магазин.онлайн',
      'кремль.рус/?q=1',
      'скидки.сайт',
      'магазин.com',
      '例え.みんな',
      'i❤.ws/?d=1',
    ],
    ...['evil.newtld/?d=48210', 'evil.newtld:8080', 'evil.newtld?d=1', 'evil.comХорошо', 'evil.com.Хорошо'],
  ],
  'addresses of machines': [
    ...['1.2.3.4', '1.2.3.4:8080', '1.2.3.4/?d=48210', '192.168.0.1', 'localhost:3000', 'localhost/x'],
    ...['2001:db8::1', '::1', 'fe80::1', '2001:db8:0:0:0:0:0:1'],
  ],
  'handles and mail': [
    '@evil_bot',
    '@магазин',
    'a@evil.example',
    'a.b+c@evil.example',
    'почта@пример.рф',
    'evil@1.2.3.4.com',
  ],
  schemes: [
    ...[
      'tel:+79990001122',
      'tg:resolve?domain=evil',
      'tg://resolve?domain=evil',
      'javascript:alert',
      'JavaScript:alert',
      'mailto:x',
      'sms:79990001122',
    ],
    ...[
      'data:text/html',
      'viber://chat?number=7',
      'whatsapp:send',
      'intent:x',
      'file:///etc/passwd',
      'ms-word:ofe',
      'magnet:?xt=x',
      'anything://evil',
    ],
    ...['//evil', 'https:evil', 'www.evil', '\\\\evil\\share', 'http://2130706433/', 'http://evil'],
  ],
  'other forms of the same letters': [
    ...[
      'ｅｖｉｌ．ｃｏｍ',
      'evil。com',
      'evil｡com',
      'evil．com',
      'evil․com',
      'ｈttps:／／evil',
      'http:⁄⁄evil',
      'ｔel：+7999',
    ],
    ...[
      '＠evil_bot',
      'evil%2eexample/?d=1',
      'https%3A%2F%2Fevil',
      '&#47;&#47;evil',
      'evil&#46;com',
      'evil&#x2E;com',
      'evil&period;com',
      't&#46;me/x',
    ],
    ...[
      'ev\u034fil.c\u200dom',
      'evil\ufe0f.com',
      't.m\u2060e/x',
      '\u{1d41e}\u{1d42f}\u{1d422}\u{1d425}.com',
      'ⓔⓥⓘⓛ.ⓒⓞⓜ',
    ],
  ],
  'only seemingly of Wildberries': [
    ...[
      'wildberries.ru.evil.example',
      'evil.example/wildberries.ru',
      'evil.example/?u=wildberries.ru',
      'evil-wb.ru',
      'evilwildberries.ru',
    ],
    ...[
      'https://wildberries.ru@evil.example/',
      'https://wildberries.ru:pw@evil.com',
      'wildberries.ru%2f@evil.com',
      'https://wildberries.ru\\@evil.com',
    ],
    ...[
      'https://wildberries.ru#@evil.com',
      'https://wildberries.ru;evil.com',
      'wildberries.ru:8080',
      'https://wildberries.ru&evil.com',
      'ftp://wildberries.ru/x',
    ],
    ...[
      'wildberries.com',
      'wb.ru.com',
      'wіldberries.ru',
      'wildberries.rü.com',
      'a@evil.com?wb.ru',
      'support@wb.ru.evil.com',
      'evil.com//wildberries.ru',
      'wildberries.ru/@evil.com',
    ],
  ],
};

const ORDINARY: readonly string[] = [
  'Цена 1990 руб.За вторую скидка 10%, т.е. 1791 руб., и т.д., и т.п.',
  'Всё хорошо.Рекомендую!Спасибо.Дети довольны, г.Москва, ул.Ленина, д.5, кв.12, стр.1',
  'довольны,г.Москва,ул.Ленина,д.5 и см.wildberries.ru,там',
  'Продано 1.5 кг, 12.34 и 1.000.000 шт., на 3.14%, v1.2.3, версия 2.0.1',
  'С 01.12.2026 по 31.12.2026, 01.12.26, 2026-12-01, в 12:30, 12:30:45, 23.59, 01.12.2026/02.12.2026',
  'Артикулы AB-12.34, 148001001, KD.12/34, XL.2, A1.B2, арт.12345, №5.2, АБ-12.34-К, SH_12.3',
  'Размеры 44-46, 42/44, 50-52/170, XS/S, 36.5, р.44, р-р.46, 1/2, ½, 50/50, и/или, м²/ч',
  'Бренды Dr.Martens, S.Oliver, R.O.C.S., T.Taccardi, O.P.I, H&M, Mr.Djemius, Dr.Koffer, A.B.C.',
  'Файлы отчёт.xlsx, report.pdf, photo.jpg, index.html, Node.js, data.csv, данные.json, img_01.png',
  'Итого:5, size:M, Цена:500, status:active, nm_id:148001001, a:b, рейтинг:4.8, 3:0, метаданные:да',
  'т.к. мы, т.н., и.о., к.т.н., ж.д., б/у, р/с, 5 шт./день, руб./шт., тыс.руб., млн.руб., ст.м., св.2',
  'Выручка 48\u00a0210,50\u00a0₽ (+12,5 %), 3 @ 100 ₽, 5@100, #1, C++, C#, 100%, 1+1=3, a==b, x->y, i.e. e.g. U.S.',
  'Всё понравилось...Спасибо, ну…Спасибо, да?Нет!Ага, вот:да, «Роща».Да, (см.стр.5).И ещё',
  'wildberries.ru, wb.ru, Wildberries.RU, seller.wildberries.ru, https://www.wildberries.ru/catalog/148001001/detail.aspx?targetUrl=GP',
  'https://www.wildberries.ru/catalog/0/search.aspx?search=кроссовки&page=2, http://wb.ru/, dev.wildberries.ru/release-notes#x',
  'Пишите support@wildberries.ru. См. wildberries.ru: там всё. **wildberries.ru** _wildberries.ru_ [wb.ru] (https://seller.wildberries.ru).',
];

describe('what becomes a link where it is shown', () => {
  for (const [what, links] of Object.entries(LINKS)) {
    it(`is taken out: ${what}`, () => {
      for (const link of links) {
        assert.equal(taken(link), GONE, link);
        assert.equal(taken(`Смотрите ${link}, там`), `Смотрите ${GONE}, там`, link);
        for (const [open, close] of ['()', '[]', '«»', '""', '**', '<>'])
          assert.equal(taken(`${open}${link}${close}.`), `${open}${GONE}${close}.`, link);
      }
    });
  }

  it('leaves what stands before it, and the full stop behind it', () => {
    assert.equal(taken('Сайт:evil.example. Далее'), `Сайт:${GONE}. Далее`);
    assert.equal(taken('привет;t.me/evil?'), `привет;${GONE}?`);
    assert.equal(taken('https://evil.example/a?b=1: да'), `${GONE}: да`);
    assert.equal(taken('evil.example wildberries.ru,evil.com'), `${GONE} wildberries.ru,${GONE}`);
    assert.equal(taken('wildberries.ru,потом и wb.ru!Да'), 'wildberries.ru,потом и wb.ru!Да');
    assert.equal(taken('evil.com,48210'), GONE);
  });
});

describe('what is no address', () => {
  for (const text of ORDINARY) {
    it(`stays as it is: ${text.slice(0, 40)}…`, () => {
      for (const word of text.split(' ')) assert.equal(taken(word), word);
      assert.equal(taken(text), text);
    });
  }
});

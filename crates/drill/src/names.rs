//! Fictional names of divisions: two characters each, with their pinyin.

use plan::Words;

use crate::stream::Stream;

/// The cities, largest first. No prefecture-level city of these names exists.
pub(crate) const CITIES: [(&str, &str); 17] = [
    ("澄阳", "Chengyang"),
    ("泽安", "Ze'an"),
    ("河清", "Heqing"),
    ("景川", "Jingchuan"),
    ("云陵", "Yunling"),
    ("永泽", "Yongze"),
    ("宁川", "Ningchuan"),
    ("泰清", "Taiqing"),
    ("瑞阳", "Ruiyang"),
    ("青陵", "Qingling"),
    ("嘉原", "Jiayuan"),
    ("临澄", "Lincheng"),
    ("北泽", "Beize"),
    ("明川", "Mingchuan"),
    ("锦阳", "Jinyang"),
    ("颍原", "Yingyuan"),
    ("崇河", "Chonghe"),
];

/// Characters with their pinyin, separated by commas.
fn syllables(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    text.split(", ").filter_map(|pair| pair.split_once(' '))
}

const COUNTY_FIRST: &str = "清 qing, 和 he, 永 yong, 宁 ning, 丰 feng, 昌 chang, 兴 xing, 瑞 rui, 嘉 jia, 锦 jin, 景 jing, \
    明 ming, 武 wu, 仁 ren, 义 yi, 顺 shun, 柘 zhe, 澄 cheng, 岚 lan, 沐 mu, 沛 pei, 颍 ying, 洧 wei, \
    桐 tong, 枫 feng, 柏 bai, 崇 chong, 修 xiu";

const COUNTY_SECOND: &str = "阳 yang, 川 chuan, 河 he, 原 yuan, 泽 ze, 陵 ling, 城 cheng, 溪 xi, 丘 qiu, 岗 gang, 林 lin, \
    坪 ping, 津 jin, 亭 ting";

const TOWNSHIP_FIRST: &str = "石 shi, 柳 liu, 龙 long, 马 ma, 王 wang, 张 zhang, 李 li, 青 qing, 白 bai, 黄 huang, 双 shuang, \
    三 san, 大 da, 小 xiao, 新 xin, 古 gu, 高 gao, 平 ping, 东 dong, 南 nan, 北 bei, 杨 yang, \
    槐 huai, 枣 zao, 梨 li, 竹 zhu, 松 song, 泉 quan, 芦 lu, 赵 zhao, 周 zhou, 吴 wu, 郑 zheng, \
    沙 sha, 金 jin, 铁 tie, 莲 lian, 桃 tao, 杏 xing, 梅 mei, 凤 feng, 鹤 he, 牛 niu, 羊 yang, \
    长 chang, 官 guan, 仓 cang, 集 ji";

const TOWNSHIP_SECOND: &str = "桥 qiao, 河 he, 店 dian, 庄 zhuang, 岭 ling, 沟 gou, 湾 wan, 坡 po, 营 ying, 寨 zhai, 铺 pu, \
    楼 lou, 冲 chong, 塘 tang, 堂 tang, 寺 si, 关 guan, 渡 du, 滩 tan, 屯 tun, 堡 bao, 井 jing, \
    洼 wa, 堰 yan";

/// What a division is called, before its kind is added.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    /// Two characters.
    pub(crate) zh: String,
    /// Their pinyin, capitalised.
    pub(crate) en: String,
}

impl Name {
    /// The name with the word for its kind.
    pub(crate) fn with(&self, zh: &str, en: &str) -> Words {
        Words { zh: format!("{}{zh}", self.zh), en: format!("{} {en}", self.en) }
    }
}

/// Names in a seeded order, none twice.
fn combined(first: &'static str, second: &'static str, stream: &mut Stream) -> Vec<Name> {
    let mut names: Vec<Name> = syllables(first)
        .flat_map(|a| syllables(second).map(move |b| (a, b)))
        .filter(|(a, b)| a.0 != b.0)
        .map(|((a, a_pinyin), (b, b_pinyin))| {
            let (initial, rest) = a_pinyin.split_at(1);
            Name { zh: format!("{a}{b}"), en: format!("{}{rest}{b_pinyin}", initial.to_uppercase()) }
        })
        .filter(|name| name.en != "Jinhe" && CITIES.iter().all(|city| city.1 != name.en))
        .collect();
    stream.shuffle(&mut names);
    names
}

/// County names; 云阳 is always the first.
pub(crate) fn counties(stream: &mut Stream) -> Vec<Name> {
    let mut names = combined(COUNTY_FIRST, COUNTY_SECOND, stream);
    names.insert(0, Name { zh: "云阳".to_owned(), en: "Yunyang".to_owned() });
    names
}

/// Township names, enough for every township of the largest province.
pub(crate) fn townships(stream: &mut Stream) -> Vec<Name> {
    combined(TOWNSHIP_FIRST, TOWNSHIP_SECOND, stream)
}

/// Names of residential compounds.
pub(crate) const COMPOUNDS: &[&str] = &[
    "锦绣苑",
    "阳光花园",
    "幸福里",
    "康乐小区",
    "金桂园",
    "和谐家园",
    "翠湖苑",
    "东风小区",
    "新村",
    "书香苑",
    "玉兰园",
    "丽景苑",
    "福源小区",
    "清河湾",
    "建设小区",
    "朝阳里",
    "梧桐苑",
    "春晓园",
    "兴业小区",
    "望江苑",
];

/// Names of firms.
pub(crate) const FIRMS: &[&str] = &[
    "宏达", "鑫源", "恒通", "瑞丰", "华盛", "远大", "金穗", "博雅", "联创", "东升", "天成", "永兴", "安泰", "科信",
    "百汇", "同力", "嘉禾", "正方", "兴隆", "星河",
];

/// What firms with rooms do.
pub(crate) const TRADES: &[&str] =
    &["商贸公司", "信息技术公司", "建筑公司", "物流公司", "广告公司", "会计事务所", "装饰公司", "咨询公司"];

/// What factories make.
pub(crate) const FACTORIES: &[&str] = &["机械厂", "食品厂", "服装厂", "电子厂", "纺织厂", "家具厂", "印刷厂"];

/// Public offices.
pub(crate) const OFFICES: &[&str] = &["政务服务中心", "供电所", "水务所", "邮政支局", "税务所", "农技站"];

/// Names of restaurants.
pub(crate) const RESTAURANTS: &[&str] = &[
    "老街面馆",
    "福满楼",
    "聚友饭店",
    "张记烩面",
    "香满园",
    "家常菜馆",
    "湘味轩",
    "牛肉汤馆",
    "好运来酒楼",
    "农家小院",
    "羊肉馆",
    "饺子馆",
    "麻辣香锅",
    "百味居",
];

/// Names of shops.
pub(crate) const SHOPS: &[&str] = &[
    "便民超市",
    "惠万家超市",
    "大药房",
    "五金店",
    "百货商店",
    "水果店",
    "理发店",
    "文具店",
    "手机店",
    "烟酒店",
    "粮油店",
    "服装店",
];

/// Leisure places and what their rooms are called.
pub(crate) const LEISURE: &[(&str, &str)] = &[
    ("棋牌室", "号间"),
    ("量贩KTV", "号包厢"),
    ("健身房", "号厅"),
    ("浴池", "号厅"),
    ("影院", "号厅"),
    ("台球馆", "号厅"),
];

/// Numbers as people say them.
pub(crate) const NUMERALS: [&str; 21] = [
    "零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六",
    "十七", "十八", "十九", "二十",
];

/// A number as people say it, or in digits when it is large.
pub(crate) fn numeral(number: usize) -> String {
    NUMERALS.get(number).map_or_else(|| number.to_string(), |&word| word.to_owned())
}

use super::{
    Retry, look,
    luma::Luma,
    picture::{Chance, Scene},
};

/// As long as a ticket's, in the same mode: version 6-M.
const TICKET: &str =
    "HTTPS://NGAY-CDS.DONGTHAP.GOV.VN/T/CED4BAIBENCWPCNLZXXXR2UGYFVQDL4MPYOBYG6WUGJDXFXJ5LNKFBY4MWUCPIF5K3QNXTZDIP37I65CHZT4NYYQBWZH4V5WS6VUB";

#[test]
#[ignore]
fn explore() {
    let base = Scene::default();
    let mut cases: Vec<(String, Luma)> = vec![];
    let mut add = |name: &str, s: Scene| cases.push((name.into(), s.draw(TICKET)));
    for m in [1.2, 1.5, 1.8, 2.0, 2.3, 2.6, 3.0] { add(&format!("small {m}"), Scene { module: m, ..base.clone() }); }
    for m in [1.9,2.1,2.2,2.3,2.4,2.5,2.6] { add(&format!("small turned {m}"), Scene { module: m, turned: 20.0, blurred: 0.4, ..base.clone() }); }
    for b in [3.0,3.5,4.0,4.5] { add(&format!("blur {b}"), Scene { blurred: b, ..base.clone() }); }
    for m in [1.5,1.7,1.9,2.1,2.2,2.3] { add(&format!("tiny turned {m}"), Scene { module: m, turned: 33.0, ..base.clone() }); }
    for t in [10.0, 30.0, 45.0, 90.0, 180.0, 200.0] { add(&format!("turn {t}"), Scene { turned: t, ..base.clone() }); }
    for t in [0.1, 0.3, 0.5] { add(&format!("tilt {t}"), Scene { tilted: t, ..base.clone() }); }
    for n in [40.0, 80.0, 120.0, 160.0, 200.0, 250.0] { add(&format!("noise {n}"), Scene { noise: n, ..base.clone() }); }
    for n in [40.0, 80.0, 120.0, 160.0, 200.0] { add(&format!("noise small {n}"), Scene { noise: n, module: 4.0, ..base.clone() }); }
    add("inverted", Scene { ink: 235.0, paper: 20.0, ..base.clone() });
    for p in [60.0, 40.0, 30.0, 26.0] { add(&format!("dim {p}"), Scene { paper: p, noise: 4.0, ..base.clone() }); }
    add("shade", Scene { shade: 0.8, ..base.clone() });
    for g in [10.0, 20.0, 30.0, 40.0, 60.0] { add(&format!("glare {g}"), Scene { glare: g, ..base.clone() }); }
    for c in [6,7,8,9,10] { add(&format!("cracks {c}"), Scene { cracks: c, ..base.clone() }); }
    for (name, picture) in cases {
        let t = std::time::Instant::now();
        let plain = look(picture.clone(), false);
        let t = t.elapsed();
        let r: Vec<_> = [Retry::Softened, Retry::Enlarged, Retry::Inverted].into_iter().map(|r| r.look(&picture)).collect();
        let half = |l: &Luma| { let (w,h)=(l.width()/2,l.height()/2); let p=l.pixels(); let W=l.width(); Luma::new((0..w*h).map(|i| { let (x,y)=(i%w*2,i/w*2); ((p[y*W+x] as u16+p[y*W+x+1] as u16+p[y*W+W+x] as u16+p[y*W+W+x+1] as u16)/4) as u8}).collect(),w,h).unwrap()};
        let sharp = |l: &Luma| { let s=l.softened().softened().softened(); Luma::new(l.pixels().iter().zip(s.pixels()).map(|(a,b)| (*a as i32 + 2*(*a as i32 - *b as i32)).clamp(0,255) as u8).collect(), l.width(), l.height()).unwrap()};
        let stretch = |l: &Luma| { let mut h=[0usize;256]; for p in l.pixels(){h[*p as usize]+=1;} let n=l.pixels().len()/100; let mut c=0; let lo=(0..256).find(|i|{c+=h[*i];c>n}).unwrap(); c=0; let hi=(0..256).rev().find(|i|{c+=h[*i];c>n}).unwrap(); Luma::new(l.pixels().iter().map(|p| ((*p as i32-lo as i32)*255/((hi-lo).max(1) as i32)).clamp(0,255) as u8).collect(), l.width(), l.height()).unwrap()};
        let extra: String = [("half", half(&picture)), ("half+", half(&picture).softened()), ("stretch", stretch(&picture)), ("softstretch", stretch(&picture.softened())), ("sharp", sharp(&picture)), ("sharplarge", sharp(&picture.enlarged())),("largesharp", sharp(&picture).enlarged()), ("largesoft", picture.enlarged().softened())].into_iter().map(|(n,l)| format!("{n} {} ", match look(l,false) {None=>'.',Some(t) if t==TICKET=>'Y',_=>'W'})).collect();
        let ok = |o: &Option<String>| match o { None => '.', Some(t) if t == TICKET => 'Y', _ => 'W' };
        println!("{name:20} plain {} soft {} large {} inv {}  {t:?}", ok(&plain), ok(&r[0]), ok(&r[1]), ok(&r[2])); println!("      {extra}");
    }
    let _ = Chance::new(1);
}

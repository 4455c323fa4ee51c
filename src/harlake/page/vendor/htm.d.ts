declare const htm: {
  bind<Element>(
    h: (type: any, props: any, ...children: any[]) => Element,
  ): (strings: TemplateStringsArray, ...values: any[]) => Element | Element[];
};
export default htm;
